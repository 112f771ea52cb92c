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

/** One death as the scripts take it: id and time as they are stored. */
export interface Death {
  readonly id: string | Buffer;
  readonly diedAt: string;
}

/** What `DeadEntry` means in the words of the scripts. */
export function deathOf({ id, diedAtMs }: DeadEntry): Death {
  return { id, diedAt: String(diedAtMs) };
}

/** Forgets dead jobs of one partition; one word an entry. */
export async function purgeStep(
  runner: ScriptRunner,
  { dead, jobs, history, deadGroups }: QueueKeys,
  deaths: readonly Death[],
): Promise<SelectionWord[]> {
  const args = deaths.flatMap(({ id, diedAt }) => [id, diedAt]);
  const words = (await runner.runRaw('purge-dead', [dead, jobs, history, deadGroups], args)) as Buffer[];
  return words.map((word) => (String(word) === 'purged' ? 'applied' : 'gone'));
}

/** Sends dead jobs of one partition back to their queues, in two steps: read where to, then the guarded move. */
export async function requeueStep(
  runner: ScriptRunner,
  keys: QueueKeys,
  names: readonly string[],
  deaths: readonly Death[],
): Promise<SelectionWord[]> {
  const lines = (await runner.runRaw(
    'read-headers',
    [keys.jobs],
    deaths.map(({ id }) => id),
  )) as (Buffer | null)[];
  const homes = lines.map((line) => (line === null ? undefined : decodeHeader(String(line))?.queue));
  const queues = names.filter((name) => homes.includes(name));
  const rows = deaths.flatMap(({ id, diedAt }, at) => [String(queues.indexOf(homes[at] ?? '') + 1), id, diedAt]);
  const moved = [
    keys.dead,
    keys.jobs,
    keys.history,
    keys.paused,
    keys.deadGroups,
    ...queues.flatMap((queue) => [keys.ready(queue), keys.wake(queue)]),
  ];
  const words = await runner.runRaw('requeue-dead', moved, [String(queues.length), ...queues, ...rows]);
  return (words as Buffer[]).map((word, at) => readWord(String(word), homes[at], names));
}

function readWord(word: string, home: string | undefined, names: readonly string[]): SelectionWord {
  if (word === 'requeued') return 'applied';
  if (word === 'gone') return 'gone';
  return home === undefined || names.includes(home) ? 'unreadable' : 'unknown-queue';
}
