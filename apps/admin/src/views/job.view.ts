import type { JobDetails } from '@app/queue';
import { escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { formatAge, formatMoment } from '../output/units.js';
import type { JobContent } from './job-content.js';

type Field = readonly [name: string, value: string | null];
type TrailEntry = JobDetails['trail'][number];

/** Frames of a stack that are shown; `--json` has all of them. */
const STACK_LINES = 4;

/** All that is known of a job, one field a line; its content when that was asked for. */
export function jobView(job: JobDetails, content: JobContent | undefined, terminal: Terminal): string {
  const { paint } = terminal;
  return [
    `job ${paint.bold(escapeText(job.id))}`,
    fields([...facts(job), ...whereabouts(job), ...(content ? contentFields(content) : [])]),
    ...(job.trail.length > 0
      ? ['', `what went wrong (${job.trail.length})`, ...job.trail.map((entry) => trailText(entry, terminal))]
      : []),
  ].join('\n');
}

/** The same as a document. */
export function jobDocument({ record, ...job }: JobDetails, content: JobContent | undefined): object {
  return { ...job, recordBytes: record.bytes, ...content };
}

function facts(job: JobDetails): Field[] {
  return [
    ['state', job.state],
    ['kind', job.kind ?? '(record unreadable)'],
    ['queue', job.queue ?? '(record unreadable)'],
    ['created', moment(job.createdAtMs)],
    [
      'attempts',
      `${job.attempts} failed, ${job.crashes} crashed, ${job.interruptions} interrupted, ${job.snoozes} postponed`,
    ],
  ];
}

function whereabouts({ runAtMs, claim, death, outcome }: JobDetails): Field[] {
  return [
    ['runs', moment(runAtMs)],
    [
      'claimed',
      claim &&
        `${formatMoment(claim.claimedAtMs)} by ${claim.workerId}${claim.revoked ? ' (revoked: being taken back)' : ''}`,
    ],
    ['to end', claim?.cancelRequest ?? null],
    ['died', death && `${formatMoment(death.diedAtMs)}, ${death.reason ?? 'for a reason that is not known'}`],
    [
      'finished',
      outcome && `${formatMoment(outcome.finishedAtMs)} after ${formatAge(outcome.durationMs)} by ${outcome.workerId}`,
    ],
    ['result', outcome && outcome.result !== null ? JSON.stringify(outcome.result) : null],
  ];
}

function contentFields(content: JobContent): Field[] {
  if (!('payload' in content)) return [['record', `${content.unreadable}: ${content.text}`]];
  const { payload, headers, uniqueKey, maxRetries, timeoutMs } = content;
  return [
    ['payload', JSON.stringify(payload) ?? 'null'],
    ['headers', Object.keys(headers).length > 0 ? JSON.stringify(headers) : null],
    ['unique key', uniqueKey],
    ['max retries', maxRetries === null ? null : String(maxRetries)],
    ['timeout', timeoutMs === null ? null : formatAge(timeoutMs)],
  ];
}

function trailText({ atMs, what, workerId, summary, fingerprint, failure }: TrailEntry, { paint }: Terminal): string {
  const head = `  ${formatMoment(atMs)}  ${paint.red(what)}${workerId === '' ? '' : ` on ${escapeText(workerId)}`}${fingerprint ? `  [${escapeText(fingerprint)}]` : ''}`;
  const message = failure ? `${failure.errorClass}: ${failure.message}` : summary;
  return [
    head,
    `    ${escapeText(message)}`,
    ...stackOf(failure).map((line) => paint.dim(`    ${escapeText(line)}`)),
  ].join('\n');
}

function stackOf(failure: TrailEntry['failure']): string[] {
  const frames = (failure?.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return frames.slice(0, STACK_LINES).map((line) => line.trim());
}

function fields(all: readonly Field[]): string {
  const shown = all.filter((field): field is [string, string] => field[1] !== null);
  return shown.map(([name, value]) => `  ${name.padEnd(11)}  ${escapeText(value)}`).join('\n');
}

function moment(ms: number | null): string | null {
  return ms === null ? null : formatMoment(ms);
}
