import { expect, it } from 'vitest';
import * as barrel from './index.js';

it('exports this and nothing else: to widen the surface is a decision', () => {
  expect(Object.keys(barrel).sort()).toMatchInlineSnapshot(`
    [
      "DEAD_PAGE_LIMIT",
      "DEFAULT_QUEUE_OPTIONS",
      "DEFAULT_WORKER_OPTIONS",
      "DuplicateKindError",
      "EnqueueRefusedError",
      "EnqueueService",
      "EnqueueUnknownError",
      "InspectService",
      "InvalidJobError",
      "InvalidPayloadError",
      "JOB_STATES",
      "JobHandler",
      "JobNotFoundError",
      "JobTimeoutError",
      "LeaseLostError",
      "OperateService",
      "PEEK_LIMIT",
      "PartitionMismatchError",
      "QueueError",
      "QueueEvents",
      "QueueFullError",
      "QueueModule",
      "RateLimiterService",
      "RedisConnections",
      "RedisRefusedError",
      "RedisUnavailableError",
      "ScriptContractError",
      "SnoozeJobError",
      "TRANSITIONS",
      "UnrecoverableJobError",
      "WorkerLifecycle",
      "WorkerModule",
      "resolveQueueOptions",
      "resolveWorkerOptions",
    ]
  `);
});
