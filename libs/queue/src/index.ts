export { AUDIT_READ_LIMIT, type AuditEntry, AuditService } from './admin/audit.service.js';
export type { BenchControl, BenchEnd, BenchProgress, BenchRequest, BenchResult } from './admin/bench.js';
export type { BenchFigures, BenchLatency } from './admin/bench-figures.js';
export type { BenchOutlook } from './admin/bench-outlook.js';
export { BenchService } from './admin/bench.service.js';
export type { CancelResult } from './admin/cancel-job.js';
export { DEAD_PAGE_LIMIT, type DeadEntry, type DeadJob, type DeadPage } from './admin/dead-jobs.js';
export type { BulkControl, BulkProgress, BulkResult } from './admin/bulk.js';
export type { ArchivedJob } from './admin/dead-archive.js';
export type { CanaryReport, RequeueControl, RequeueResult } from './admin/dead-bulk.js';
export type { DeadCount } from './admin/dead-count.js';
export type { DeadFilter } from './admin/dead-filter.js';
export type { DeadGroup, DeadGroups } from './admin/dead-groups.js';
export type { ImportWord } from './admin/dead-import.js';
export type { WaitingCount, WaitingFilter } from './admin/waiting-jobs.js';
export type { SelectionResult } from './admin/dead-selection.js';
export {
  isHealthy,
  type CheckName,
  type Diagnosis,
  type DoctorControl,
  type DoctorProgress,
  type Finding,
  type Repair,
  type RepairResult,
  type Severity,
} from './admin/doctor/finding.js';
export { DoctorService } from './admin/doctor/doctor.service.js';
export { InspectService } from './admin/inspect.service.js';
export type { DetailedTrailEntry, JobDetails } from './admin/job-details.js';
export type { KeyFamily, KeyStats } from './admin/key-families.js';
export { OperateService, type PauseRequest } from './admin/operate.service.js';
export type {
  BreakerInfo,
  CountAndAge,
  PauseInfo,
  QueueCounts,
  QueueOverview,
  RedisFacts,
  WorkerInfo,
} from './admin/overview.js';
export { PEEK_LIMIT, type PeekedJob, type PeekPlace, type PeekRequest } from './admin/peek.js';
export type { RedisProbe } from './admin/probe.js';
export { EnqueueService, type EnqueueManyResult } from './enqueue/enqueue.service.js';
export { RateLimiterService } from './enqueue/rate-limiter.service.js';
export { DuplicateKindError } from './errors/duplicate-kind.error.js';
export { EnqueueRefusedError, type RefusalReason } from './errors/enqueue-refused.error.js';
export { EnqueueUnknownError } from './errors/enqueue-unknown.error.js';
export { JobCancelledError, JobTimeoutError, SnoozeJobError, UnrecoverableJobError } from './errors/handler-errors.js';
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
export type { JobTracer, SendTrace } from './events/job-tracer.js';
export {
  QueueEvents,
  type JobEvent,
  type QueueEventMap,
  type QueueEventName,
  type RunEndEvent,
  type RunEvent,
} from './events/queue-events.js';
export type { CancelRequest } from './job/cancel-request.js';
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
  type RedisTlsOptions,
  type SoloOptions,
  type WorkerModuleOptions,
  type WorkerOptions,
} from './queue.options.js';
export { JOB_TRACER } from './queue.tokens.js';
export { describeRedis } from './redis/redis-address.js';
export { RedisConnections } from './redis/redis-connections.js';
export { JobHandler, type JobHandlerOptions } from './worker/job-handler.decorator.js';
export { isSoloProcess } from './worker/solo-request.js';
export type { JobContext, JobHandlerContract } from './worker/job-handler.js';
export { WorkerLifecycle, type WorkerStatus } from './worker/worker-lifecycle.service.js';
export { WorkerModule, type WorkerAsyncOptions } from './worker/worker.module.js';
