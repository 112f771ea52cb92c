import { decodeHeader } from '../job/job-codec.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';
import type { DeadEntry } from './dead-jobs.js';

/**
 * Why an entry was left alone. `gone`: not dead any more, or dead again since. `unreadable`: its record is missing or
 * names no queue. `unknown-queue`: its queue is not configured here. The last two stay dead.
 */
export type SelectionRefusal = 'gone' | 'unreadable' | 'unknown-queue';

/** What became of a selection. */
export interface SelectionResult {
  /** How many were requeued or purged. */
  readonly applied: number;
  readonly refused: readonly (DeadEntry & { readonly reason: SelectionRefusal })[];
}

/** What a script said to one entry. */
export type SelectionWord = 'applied' | SelectionRefusal;

/** Forgets dead jobs of one partition; one word an entry. */
export async function purgeStep(
  runner: ScriptRunner,
  keys: QueueKeys,
  entries: readonly DeadEntry[],
): Promise<SelectionWord[]> {
  const args = entries.flatMap(({ id, diedAtMs }) => [id, String(diedAtMs)]);
  const words = (await runner.run('purge-dead', [keys.dead, keys.jobs, keys.history], args)) as string[];
  return words.map((word) => (word === 'purged' ? 'applied' : 'gone'));
}

/** Sends dead jobs of one partition back to their queues, in two steps: read where to, then the guarded move. */
export async function requeueStep(
  runner: ScriptRunner,
  keys: QueueKeys,
  names: readonly string[],
  entries: readonly DeadEntry[],
): Promise<SelectionWord[]> {
  const lines = (await runner.run(
    'read-headers',
    [keys.jobs],
    entries.map(({ id }) => id),
  )) as (string | null)[];
  const homes = lines.map((line) => (line === null ? undefined : decodeHeader(line)?.queue));
  const queues = names.filter((name) => homes.includes(name));
  const rows = entries.flatMap(({ id, diedAtMs }, at) => [
    String(queues.indexOf(homes[at] ?? '') + 1),
    id,
    String(diedAtMs),
  ]);
  const moved = [
    keys.dead,
    keys.jobs,
    keys.history,
    keys.paused,
    ...queues.flatMap((queue) => [keys.ready(queue), keys.wake(queue)]),
  ];
  const words = (await runner.run('requeue-dead', moved, [String(queues.length), ...queues, ...rows])) as string[];
  return words.map((word, at) => readWord(word, homes[at], names));
}

function readWord(word: string, home: string | undefined, names: readonly string[]): SelectionWord {
  if (word === 'requeued') return 'applied';
  if (word === 'gone') return 'gone';
  return home === undefined || names.includes(home) ? 'unreadable' : 'unknown-queue';
}
