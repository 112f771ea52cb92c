import { QueueEvents } from '../../queue/src/events/queue-events.js';
import { resolveQueueOptions, type QueueModuleOptions, type QueueOptions } from '../../queue/src/queue.options.js';
import { RedisConnections } from '../../queue/src/redis/redis-connections.js';
import { ScriptRunner } from '../../queue/src/redis/script-runner.js';
import type { TestRedis } from './redis-harness.js';

/** What a service of libs/queue is made of, for specs of one class without a Nest application. */
export interface ScriptAccess {
  readonly options: QueueOptions;
  readonly events: QueueEvents;
  readonly connections: RedisConnections;
  readonly runner: ScriptRunner;
  /** Ends the connections. */
  close(): void;
}

/** Connects to the Redis of a spec, under the prefix of the running test. */
export async function openScripts(redis: TestRedis, given: QueueModuleOptions = {}): Promise<ScriptAccess> {
  const { addr, password } = redis;
  const options = resolveQueueOptions({ prefix: redis.prefix(), ...given, redis: { addr, password, ...given.redis } });
  const events = new QueueEvents();
  const connections = new RedisConnections(options, events);
  await connections.whenUp();
  const runner = new ScriptRunner(connections, events, options);
  return { options, events, connections, runner, close: () => connections.onApplicationShutdown() };
}
