import { resolveWorkerOptions, type WorkerModuleOptions } from '../../queue/src/queue.options.js';
import type { Claim, ClaimedJob, Settlement } from '../../queue/src/worker/claim.js';
import { LOST, WorkerCalls } from '../../queue/src/worker/worker-calls.js';
import type { PlantedQueue } from './use-planted-queue.js';

/** What a spec says about a worker whose calls it makes itself. */
export interface RegisteredWorkerOptions extends WorkerModuleOptions {
  readonly workerId?: string;
  readonly partition?: number;
  /** Completed jobs kept. */
  readonly keepCount?: number;
}

/** A worker that Redis knows and that does nothing by itself: a spec makes its calls one by one. */
export async function registerWorker(
  { scripts, planted }: PlantedQueue,
  { workerId = 'w1', partition = 0, keepCount = 1_000, ...given }: RegisteredWorkerOptions = {},
): Promise<WorkerCalls> {
  const queueOptions = { ...scripts.options, completed: { keepCount, keepForMs: 60_000 } };
  const calls = new WorkerCalls(
    workerId,
    planted[partition]!.keys,
    scripts.runner,
    queueOptions,
    resolveWorkerOptions(given),
  );
  if (!(await calls.register({ host: 'web-7' }))) throw new Error(`worker id "${workerId}" is taken`);
  return calls;
}

/** Claims so many jobs, in order. @throws when the worker is lost or there are fewer. */
export async function claimJobs(worker: WorkerCalls, count = 1): Promise<ClaimedJob[]> {
  const reply = await worker.advance([], count, 0);
  if (reply === LOST || reply.jobs.length < count) throw new Error(`claimed less than ${count} jobs`);
  return [...reply.jobs];
}

/** A claim whose run has ended so: what a settling call takes. */
export function ended({ jobId, number }: Pick<ClaimedJob, 'jobId' | 'number'>, settlement: Settlement): Claim {
  return { jobId, number, phase: 'unconfirmed', sends: 1, confirmation: 0, settlement };
}
