import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DeadReason, FailureReason, JobCounters, SnoozeReason } from './job.js';
import { JOB_STATES, type Place, TRANSITIONS } from './job-state.js';

const page = readFileSync(new URL('../../../../docs/job-lifecycle.md', import.meta.url), 'utf8');

// A reason or counter that is missing here is a compile error; one that is too many, too.
const COUNTERS = namesOf<keyof JobCounters>({ attempts: 1, crashes: 1, interruptions: 1, snoozes: 1 });
const FAILURE_REASONS = namesOf<FailureReason>({
  error: 1,
  timeout: 1,
  unrecoverable: 1,
  'invalid-payload': 1,
  'unknown-kind': 1,
  'malformed-record': 1,
  'record-missing': 1,
  cancelled: 1,
});
const DEAD_REASONS = namesOf<DeadReason>({
  'retries-exhausted': 1,
  timeout: 1,
  unrecoverable: 1,
  'invalid-payload': 1,
  'unknown-kind': 1,
  'malformed-record': 1,
  'record-missing': 1,
  'worker-lost': 1,
  unmovable: 1,
  orphaned: 1,
  cancelled: 1,
});
const SNOOZE_REASONS = namesOf<SnoozeReason>({
  handler: 1,
  'unknown-kind': 1,
  'unknown-version': 1,
  'still-running': 1,
  'breaker-open': 1,
  'kind-limit': 1,
});

describe('docs/job-lifecycle.md', () => {
  it('has a row for every move, equal to the state machine', () => {
    const rows = TRANSITIONS.map(({ from, to, script, by, guard }) => [from, to, `\`${script}\``, by, guard]);

    expect(tableUnder('## Every move')).toEqual(rows);
  });

  it('draws every move, with its scripts, and no other', () => {
    const drawn = [...page.matchAll(/^ +(\S+) --> (\S+): (.+)$/gm)].map(([, from, to, scripts]) =>
      [from, to, scripts].join(' '),
    );
    const scriptsOf = (from: Place, to: Place) =>
      TRANSITIONS.filter((move) => move.from === from && move.to === to).map(({ script }) => script);
    const moves = TRANSITIONS.map(({ from, to }) =>
      [drawnAs(from), drawnAs(to), scriptsOf(from, to).join(', ')].join(' '),
    );

    expect(drawn.toSorted()).toEqual([...new Set(moves)].toSorted());
  });

  it('explains every state', () => {
    expect(namesUnder('# The life of a job')).toEqual([...JOB_STATES]);
  });

  it.each([
    ['## Counters', COUNTERS],
    ['## Why an attempt failed', FAILURE_REASONS],
    ['## Why a job is dead', DEAD_REASONS],
    ['## Why a job is postponed', SNOOZE_REASONS],
  ])('explains under "%s" what the types name, and nothing else', (heading, names) => {
    expect(namesUnder(heading).toSorted()).toEqual(names.toSorted());
  });
});

function namesOf<Name extends string>(names: Record<Name, 1>): string[] {
  return Object.keys(names);
}

/** Outside the five states there is only the border of the diagram. */
function drawnAs(place: Place): string {
  return place === 'new' || place === 'gone' ? '[*]' : place;
}

/** The first column of the first table below a heading. */
function namesUnder(heading: string): string[] {
  return tableUnder(heading).map(([name = '']) => name.replaceAll('`', ''));
}

function tableUnder(heading: string): string[][] {
  const lines = page.slice(page.indexOf(`${heading}\n`)).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'));
  return lines.slice(first + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
