import { SnoozeJobError, UnrecoverableJobError } from '@app/queue';
import type { Answer } from './post-json.js';

/** The longest a server may postpone a job with one answer: 1 h. It is asked again then. */
export const MAX_SNOOZE_MS = 3_600_000;
const MIN_SNOOZE_MS = 1_000;
const EXCERPT_CHARS = 200;
/** `Sun, 01 Mar 2026 10:00:30 GMT`; Date.parse alone takes nearly anything. */
const HTTP_DATE = /^[A-Z][a-z]{2}, .* GMT$/;

/**
 * What an answer means for the job. 2xx: returns. 429 and 503 with `Retry-After`: later, no attempt used. Without it,
 * and for any other 5xx: a failed attempt. All others: never again; redirects too, since they lead past the allow-list.
 */
export function judgeAnswer(answer: Answer, label: string, nowMs: number): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const isBusy = status === 429 || status === 503;
  const delayMs = isBusy ? retryAfterMs(answer.retryAfter, nowMs) : undefined;
  const what = `${label} answered ${status}`;
  if (delayMs !== undefined) throw new SnoozeJobError(delayMs, what);
  if (status >= 300 && status < 400) throw new UnrecoverableJobError(`${what}: redirects are not followed`);
  const excerpt = answer.body.trim().slice(0, EXCERPT_CHARS);
  const message = excerpt === '' ? what : `${what}: ${excerpt}`;
  if (isBusy || status >= 500) throw new Error(message);
  throw new UnrecoverableJobError(message);
}

/** Seconds or a date, within bounds; undefined: absent or neither. */
function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const dateMs = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1_000 : dateMs - nowMs;
  return Number.isNaN(delayMs) ? undefined : Math.min(Math.max(delayMs, MIN_SNOOZE_MS), MAX_SNOOZE_MS);
}
