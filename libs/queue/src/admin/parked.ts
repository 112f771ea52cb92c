import { decodeBreakers } from '../job/breaker-text.js';
import type { QueueKeys } from '../redis/queue-keys.js';
import type { ScriptRunner } from '../redis/script-runner.js';

/** Jobs of one kind and queue that wait for a breaker, and the next of them. */
export interface ParkedList {
  readonly queue: string;
  readonly kind: string;
  readonly count: number;
  /** First lines of record and history of the next to run; null: there is none. */
  readonly header: string | null;
  readonly history: string | null;
}

type Row = readonly [length: number, header: string | null, history: string | null];

/** What is kept of the breakers of a partition: `decodeBreakers` reads it. */
export async function readBreakers(runner: ScriptRunner, { control, jobs, history }: QueueKeys): Promise<string> {
  const [breakers] = (await runner.run('read-breakers', [control, jobs, history], [])) as [string];
  return breakers;
}

/** The lists of parked jobs that these breakers name. Asks Redis only when there are any. */
export async function readParked(runner: ScriptRunner, keys: QueueKeys, breakers: string): Promise<ParkedList[]> {
  const lists = parkedIn(breakers);
  if (lists.length === 0) return [];
  const { control, jobs, history } = keys;
  const places = lists.map(({ queue, kind }) => keys.parked(queue, kind));
  const [, rows] = (await runner.run('read-breakers', [control, jobs, history, ...places], [])) as [string, Row[]];
  return lists.map((list, at) => {
    const [count, header, past] = rows[at] ?? [0, null, null];
    return { ...list, count, header, history: past };
  });
}

/** Queue and kind of each list that these breakers name. */
export function parkedIn(breakers: string): { readonly queue: string; readonly kind: string }[] {
  return decodeBreakers(breakers).flatMap(({ kind, queues }) => queues.map((queue) => ({ queue, kind })));
}
