/** Injection token of the resolved {@link QueueOptions}. */
export const QUEUE_OPTIONS = Symbol('QUEUE_OPTIONS');
/** Injection token of what ends timed pauses; the maintenance loop calls it without knowing the operator's services. */
export const TIMED_RESUMES = Symbol('TIMED_RESUMES');
/** Injection token of the application's `JobTracer`; optional. */
export const JOB_TRACER = Symbol('JOB_TRACER');
/** Injection token of the resolved {@link WorkerOptions}. */
export const WORKER_OPTIONS = Symbol('WORKER_OPTIONS');
