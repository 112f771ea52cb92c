import type { BreakerState } from './job.js';

/** What Redis keeps of a breaker that is not closed, or that is closed and has parked jobs left (ADR 0016). */
export interface StoredBreaker {
  readonly kind: string;
  readonly state: BreakerState;
  /** Of its last change: it never comes again, so a probe answers for the time it was made in. */
  readonly number: number;
  /** ms, Redis clock. Open: nothing is tried before. Half-open: since then, or since the last probe. Closed: since then. */
  readonly atMs: number;
  /** Who tried last whether the kind works again; undefined: nobody has since the change. */
  readonly probe: { readonly workerId: string; readonly claim: number } | undefined;
  /** Queues with parked jobs of this kind. */
  readonly queues: readonly string[];
}

const LINE = /^(\S+) (open|half-open|closed) (\d+) (\d+) (\S+) \S+ (\d+) (\S+)$/;

/** Reads the text that scripts keep, one line a kind; a line that is unreadable says nothing. */
export function decodeBreakers(text: string): StoredBreaker[] {
  return text === '' ? [] : text.split('\n').flatMap((line) => decodeLine(line) ?? []);
}

function decodeLine(line: string): StoredBreaker | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, kind = '', state, number, atMs, workerId = '-', claim, lists = '-'] = match;
  return {
    kind,
    state: state as BreakerState,
    number: Number(number),
    atMs: Number(atMs),
    probe: workerId === '-' ? undefined : { workerId, claim: Number(claim) },
    queues: lists === '-' ? [] : lists.split(',').map((list) => list.slice(0, list.indexOf('='))),
  };
}
