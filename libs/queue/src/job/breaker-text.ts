import type { BreakerState } from './job.js';

/** What a worker says of its circuit breakers in Redis: JSON kind → state of those that are not closed; '' when all are. */
export function encodeBreakers(breakers: ReadonlyMap<string, BreakerState>): string {
  const troubled = [...breakers].filter(([, state]) => state !== 'closed');
  return troubled.length === 0 ? '' : JSON.stringify(Object.fromEntries(troubled));
}

/** Reads it; what is unreadable says nothing. */
export function decodeBreakers(text: string | null): Readonly<Record<string, Exclude<BreakerState, 'closed'>>> {
  try {
    const found = JSON.parse(text || '{}') as Readonly<Record<string, unknown>>;
    const known = Object.entries(found).filter(([, state]) => state === 'open' || state === 'half-open');
    return Object.fromEntries(known) as Readonly<Record<string, 'open' | 'half-open'>>;
  } catch {
    return {};
  }
}
