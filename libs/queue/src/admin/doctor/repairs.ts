import type { QueueKeys } from '../../redis/queue-keys.js';
import type { ScriptRunner } from '../../redis/script-runner.js';
import type { CheckName, DoctorControl, Repair, RepairResult } from './finding.js';
import { JobExaminer } from './job-examiner.js';

/** Jobs given back by one call. */
const JOBS_A_CALL = 500;

/** What repairs need. */
export interface RepairParts {
  readonly runner: ScriptRunner;
  /** One a partition. */
  readonly keys: readonly QueueKeys[];
}

/** Carries them out one by one until its signal ends it, and counts them by check. */
export async function repairAll(
  parts: RepairParts,
  repairs: readonly Repair[],
  { signal, onProgress }: DoctorControl,
): Promise<RepairResult[]> {
  const results = new Map<CheckName, { check: CheckName; repaired: number; changed: number }>();
  for (const [at, repair] of repairs.entries()) {
    if (signal?.aborted) break;
    const { check } = repair;
    const result = results.get(check) ?? { check, repaired: 0, changed: 0 };
    result[(await isRepaired(parts, repair)) ? 'repaired' : 'changed']++;
    results.set(check, result);
    onProgress?.({ step: 'repairs', done: at + 1 });
  }
  return [...results.values()];
}

async function isRepaired({ runner, keys: all }: RepairParts, repair: Repair): Promise<boolean> {
  const keys = all[repair.partition]!;
  switch (repair.type) {
    case 'job':
      return new JobExaminer(runner, keys, repair.names).repair(repair.fault);
    case 'worker': {
      const { workerId } = repair;
      const places = [keys.workers, keys.revoked, keys.processing(workerId), keys.worker(workerId)];
      return (await runner.run('repair-worker', places, [workerId])) === 'repaired';
    }
    case 'token': {
      const { queue } = repair;
      const places = [keys.paused, keys.ready(queue), keys.wake(queue)];
      return (await runner.run('repair-token', places, [queue])) === 'repaired';
    }
    case 'parked':
      return (await unparkAll(runner, keys, repair)) > 0;
    case 'expiry': {
      const words = (await runner.run('repair-expiry', [repair.key], [String(repair.ttlMs)])) as string[];
      return words[0] === 'repaired';
    }
  }
}

/** @returns how many were given back. */
async function unparkAll(
  runner: ScriptRunner,
  keys: QueueKeys,
  { queue, kind }: { readonly queue: string; readonly kind: string },
): Promise<number> {
  const places = [keys.control, keys.paused, keys.parked(queue, kind), keys.ready(queue), keys.wake(queue)];
  let sum = 0;
  for (let count = 1; count > 0; sum += count) {
    const answer = await runner.run('unpark', places, [queue, kind, String(JOBS_A_CALL)]);
    count = (answer as [now: string, breakers: string, given: number])[2];
  }
  return sum;
}
