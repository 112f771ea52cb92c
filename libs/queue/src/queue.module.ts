import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit, type Provider } from '@nestjs/common';
import { AuditService } from './admin/audit.service.js';
import { BenchService } from './admin/bench.service.js';
import { DoctorService } from './admin/doctor/doctor.service.js';
import { InspectService } from './admin/inspect.service.js';
import { OperateService } from './admin/operate.service.js';
import { EnqueueService } from './enqueue/enqueue.service.js';
import { RateLimiterService } from './enqueue/rate-limiter.service.js';
import { PartitionMismatchError } from './errors/partition-mismatch.error.js';
import { QueueEvents } from './events/queue-events.js';
import { resolveQueueOptions, type QueueModuleOptions, type QueueOptions } from './queue.options.js';
import { QUEUE_OPTIONS, TIMED_RESUMES } from './queue.tokens.js';
import { RedisConnections } from './redis/redis-connections.js';
import { ScriptRunner } from './redis/script-runner.js';

/** Options of the queue that depend on other providers. */
export interface QueueAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: never[];
  readonly useFactory: (...deps: never[]) => QueueModuleOptions | Promise<QueueModuleOptions>;
}

/** The queue of an application: enqueue, inspect, operate. Global, so that any module may inject its services. */
@Module({})
export class QueueModule implements OnModuleInit {
  constructor(
    private readonly connections: RedisConnections,
    private readonly runner: ScriptRunner,
  ) {}

  static forRoot(options: QueueModuleOptions = {}): DynamicModule {
    return this.with([], { provide: QUEUE_OPTIONS, useFactory: () => resolveQueueOptions(options) });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: QueueAsyncOptions): DynamicModule {
    const resolve = async (...deps: never[]): Promise<QueueOptions> => resolveQueueOptions(await useFactory(...deps));
    return this.with(imports, { provide: QUEUE_OPTIONS, inject, useFactory: resolve });
  }

  private static with(imports: NonNullable<ModuleMetadata['imports']>, options: Provider): DynamicModule {
    const resumes = { provide: TIMED_RESUMES, useExisting: OperateService };
    const services = [
      RedisConnections,
      ScriptRunner,
      QueueEvents,
      EnqueueService,
      RateLimiterService,
      InspectService,
      OperateService,
      AuditService,
      BenchService,
      DoctorService,
    ];
    return {
      module: QueueModule,
      global: true,
      imports,
      providers: [options, resumes, ...services],
      exports: [QUEUE_OPTIONS, TIMED_RESUMES, ...services],
    };
  }

  /**
   * Waits a moment for Redis and compares the partition count; without Redis the app starts all the same.
   *
   * @throws {PartitionMismatchError} this app must not start.
   */
  async onModuleInit(): Promise<void> {
    await this.connections.whenUpWithin(1_000);
    if (!this.connections.status().isUp) return;
    try {
      await this.runner.admit();
    } catch (error) {
      if (error instanceof PartitionMismatchError) throw error;
    }
  }
}
