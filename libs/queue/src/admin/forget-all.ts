import type { QueueKeys } from '../redis/queue-keys.js';
import type { RedisConnections } from '../redis/redis-connections.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import { parkedIn, readBreakers } from './parked.js';

type Located = readonly [header: string | null, workers: string[], revoked: string[]];

/** Keys one SCAN step looks at. */
const KEYS_A_SCAN = 1_000;

/**
 * Forgets one partition: what holds jobs, by its known keys, in one step. Then what only a scan can name: unique keys,
 * the memory of producers, queues that are configured no more. The audit trail stays.
 *
 * @returns keys that are gone.
 */
export async function forgetPartition(
  runner: ScriptRunner,
  connections: RedisConnections,
  keys: QueueKeys,
  names: readonly string[],
): Promise<number> {
  const known = await knownKeys(runner, keys, names);
  let forgotten = (await runner.run('forget-partition', known, [])) as number;
  for (const master of await connections.masters()) {
    for await (const found of master.scanStream({ match: `${escapeGlob(keys.tag)}*`, count: KEYS_A_SCAN })) {
      const others = (found as string[]).filter((key) => key !== keys.audit);
      if (others.length > 0) forgotten += await master.unlink(...others);
    }
  }
  return forgotten;
}

async function knownKeys(runner: ScriptRunner, keys: QueueKeys, names: readonly string[]): Promise<string[]> {
  const [, workers, revoked] = (await runner.run(
    'locate-job',
    [keys.jobs, keys.workers, keys.revoked],
    [''],
  )) as Located;
  const parked = parkedIn(await readBreakers(runner, keys));
  const { jobs, history, failures, completed, outcome, dead, deadGroups, paused, control } = keys;
  return [
    jobs,
    history,
    failures,
    completed,
    outcome,
    dead,
    deadGroups,
    keys.workers,
    keys.revoked,
    paused,
    control,
    ...names.flatMap((name) => [
      keys.ready(name),
      keys.quarantine(name),
      keys.scheduled(name),
      keys.wake(name),
      keys.timer(name),
    ]),
    ...parked.map(({ queue, kind }) => keys.parked(queue, kind)),
    ...[...workers, ...revoked].flatMap((workerId) => [
      keys.worker(workerId),
      keys.processing(workerId),
      keys.cancels(workerId),
      keys.nudge(workerId),
    ]),
  ];
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, String.raw`\$&`);
}
