import { DEFAULT_WORKER_OPTIONS, type WorkerModuleOptions } from '@app/queue';

/** `npm run test:faults`: default options, and faults as long as in earnest. Else the short form, a part of `npm test`. */
export const isLong = process.env.FAULTS === 'long';

/** Options of workers: the defaults, or a lease and a backoff that a short test can wait for. */
export const WORKER: WorkerModuleOptions = isLong ? {} : { heartbeatTtlMs: 1_500, backoff: { baseMs: 50, maxMs: 500 } };

export const LEASE_MS = WORKER.heartbeatTtlMs ?? DEFAULT_WORKER_OPTIONS.heartbeatTtlMs;

/** I8: lease, reaper interval, and a second. */
export const RECOVERY_BOUND_MS = LEASE_MS + LEASE_MS / 3 + 1_000;

/** How long workers may need to claim again once Redis is back. */
export const BACK_MS = 3_000;

/** For picks at random. */
export const SEED = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
