import type { ExaminedJob, JobFault } from './finding.js';

/** Places in the order in which they win: who holds a job settles it; what has ended stays so; what waits waits once. */
const PRECEDENCE = ['processing', 'completed', 'dead', 'quarantine', 'parked', 'scheduled', 'ready', 'stray'] as const;

/**
 * What is wrong with a job, and the one repair that loses nothing. Pure.
 *
 * @param known - ids of workers that are registered or revoked: what they hold comes to its end by itself
 * @returns undefined: nothing is wrong.
 */
export function faultOf(seen: ExaminedJob, known: ReadonlySet<string>): JobFault | undefined {
  const { hasRecord, hasOutcome, places } = seen;
  const base = { seen, reason: '-', keep: '' } as const;
  const [only] = places;
  if (places.length > 1) return { ...base, check: 'one-place', verb: 'keep', keep: bestOf(places, known) };
  if (hasRecord && only === undefined)
    return { ...base, check: 'record-without-place', verb: 'bury', reason: 'orphaned' };
  if (hasRecord && hasOutcome && only !== undefined && only !== 'completed')
    return { ...base, check: 'left-over', verb: 'keep', keep: only };
  if (hasRecord) return undefined;
  if (only === undefined) return isEmpty(seen) ? undefined : { ...base, check: 'left-over', verb: 'forget' };
  return faultWithoutRecord(seen, only);
}

function faultWithoutRecord(seen: ExaminedJob, place: string): JobFault | undefined {
  const base = { seen, check: 'place-without-record', keep: '' } as const;
  if (place === 'completed') return { ...base, verb: 'forget', reason: '-' };
  // whoever holds it, or takes it back, finds out and buries it
  if (place.startsWith('processing:')) return undefined;
  if (place === 'dead' && seen.history?.split(' ')[2] === 'record-missing') return undefined;
  return { ...base, verb: 'bury', reason: 'record-missing' };
}

function isEmpty({ hasOutcome, history }: ExaminedJob): boolean {
  return !hasOutcome && history === null;
}

function bestOf(places: readonly string[], known: ReadonlySet<string>): string {
  return places.reduce((best, place) => (rankOf(place, known) < rankOf(best, known) ? place : best));
}

function rankOf(place: string, known: ReadonlySet<string>): number {
  const [room, worker] = splitAtColon(place);
  const isStray = room === 'processing' && !known.has(worker);
  return PRECEDENCE.indexOf((isStray ? 'stray' : room) as (typeof PRECEDENCE)[number]);
}

function splitAtColon(text: string): [string, string] {
  const at = text.indexOf(':');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
