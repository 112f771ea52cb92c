/** Injection token of the resolved {@link QueueOptions}. */
export const QUEUE_OPTIONS = Symbol('QUEUE_OPTIONS');
/** Injection token of the resolved {@link WorkerOptions}. */
export const WORKER_OPTIONS = Symbol('WORKER_OPTIONS');
