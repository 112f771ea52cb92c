import { type DynamicModule, Module } from '@nestjs/common';
import { QueueEvents } from '../../libs/queue/src/events/queue-events.js';
import { DEFAULT_QUEUE_OPTIONS } from '../../libs/queue/src/queue.options.js';
import { QUEUE_OPTIONS } from '../../libs/queue/src/queue.tokens.js';
import { RedisConnections } from '../../libs/queue/src/redis/redis-connections.js';
import { ScriptRunner } from '../../libs/queue/src/redis/script-runner.js';
import { InspectService } from '../../libs/queue/src/admin/inspect.service.js';
import { EnqueueService } from '../../libs/queue/src/enqueue/enqueue.service.js';
export { InspectService, EnqueueService, QueueEvents, RedisConnections };
export * from '../../libs/queue/src/queue.options.js';
export * from '../../libs/queue/src/errors/queue-error.js';
export * from '../../libs/queue/src/errors/redis-unavailable.error.js';
export * from '../../libs/queue/src/errors/partition-mismatch.error.js';
export * from '../../libs/queue/src/admin/overview.js';
export { PEEK_LIMIT } from '../../libs/queue/src/admin/peek.js';
export class WorkerLifecycle {}
@Module({})
export class QueueModule { static forRoot(o: any): DynamicModule { const providers = [QueueEvents, { provide: QUEUE_OPTIONS, useValue: { ...DEFAULT_QUEUE_OPTIONS, ...o } }, RedisConnections, ScriptRunner, InspectService, EnqueueService]; return { module: QueueModule, global: true, providers, exports: providers }; } }
