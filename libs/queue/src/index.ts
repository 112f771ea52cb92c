export { DEAD_PAGE_LIMIT, type DeadEntry, type DeadJob, type DeadPage } from './admin/dead-jobs.js';
export type { SelectionResult } from './admin/dead-selection.js';
export { InspectService } from './admin/inspect.service.js';
export type { DetailedTrailEntry, JobDetails } from './admin/job-details.js';
export { OperateService, type PauseRequest } from './admin/operate.service.js';
export type { CountAndAge, PauseInfo, QueueCounts, QueueOverview, RedisFacts, WorkerInfo } from './admin/overview.js';
export { PEEK_LIMIT, type PeekedJob, type PeekPlace, type PeekRequest } from './admin/peek.js';
export type { RedisProbe } from './admin/probe.js';
export { EnqueueService, type EnqueueManyResult } from './enqueue/enqueue.service.js';
export { RateLimiterService } from './enqueue/rate-limiter.service.js';
export { DuplicateKindError } from './errors/duplicate-kind.error.js';
export { EnqueueRefusedError, type RefusalReason } from './errors/enqueue-refused.error.js';
export { EnqueueUnknownError } from './errors/enqueue-unknown.error.js';
export { JobTimeoutError, SnoozeJobError, UnrecoverableJobError } from './errors/handler-errors.js';
export { InvalidJobError } from './errors/invalid-job.error.js';
export { InvalidPayloadError } from './errors/invalid-payload.error.js';
export { JobNotFoundError } from './errors/job-not-found.error.js';
export { LeaseLostError } from './errors/lease-lost.error.js';
export { PartitionMismatchError } from './errors/partition-mismatch.error.js';
export { QueueError, type QueueErrorCode } from './errors/queue-error.js';
export { QueueFullError } from './errors/queue-full.error.js';
export { RedisRefusedError } from './errors/redis-refused.error.js';
export { RedisUnavailableError } from './errors/redis-unavailable.error.js';
export { ScriptContractError } from './errors/script-contract.error.js';
export {
  QueueEvents,
  type JobEvent,
  type QueueEventMap,
  type QueueEventName,
  type RunEndEvent,
  type RunEvent,
} from './events/queue-events.js';
export { JOB_STATES, TRANSITIONS, type JobState, type Transition } from './job/job-state.js';
export type {
  BreakerState,
  DeadReason,
  EnqueueOptions,
  EnqueueResult,
  FailureReason,
  Job,
  JobCounters,
  NewJob,
  SnoozeReason,
  TrailEntry,
} from './job/job.js';
export { QueueModule, type QueueAsyncOptions } from './queue.module.js';
export {
  DEFAULT_QUEUE_OPTIONS,
  DEFAULT_WORKER_OPTIONS,
  resolveQueueOptions,
  resolveWorkerOptions,
  type PriorityMode,
  type QueueModuleOptions,
  type QueueOptions,
  type RedisOptions,
  type WorkerModuleOptions,
  type WorkerOptions,
} from './queue.options.js';
export { RedisConnections } from './redis/redis-connections.js';
export { JobHandler, type JobHandlerOptions } from './worker/job-handler.decorator.js';
export type { JobContext, JobHandlerContract } from './worker/job-handler.js';
export { WorkerLifecycle, type WorkerStatus } from './worker/worker-lifecycle.service.js';
export { WorkerModule, type WorkerAsyncOptions } from './worker/worker.module.js';
