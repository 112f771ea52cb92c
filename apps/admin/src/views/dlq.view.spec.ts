import type { DeadGroup, DeadJob } from '@app/queue';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { deadGroupsView, deadListView } from './dlq.view.js';

const terminal = { width: Infinity, paint: pc.createColors(false) };
const job: DeadJob = {
  id: 'a',
  partition: 0,
  queue: 'high',
  kind: 'mail.send',
  createdAtMs: 1,
  diedAtMs: 1_764_000_000_000,
  reason: 'retries-exhausted',
  lastFailure: 'SmtpError: \u001b[31m451',
  fingerprint: 'f',
  attempts: 4,
  crashes: 0,
  interruptions: 0,
  snoozes: 0,
};
const group: DeadGroup = {
  group: '5b0c77aa01f3',
  errorClass: 'SmtpError',
  message: 'two\nlines',
  topFrame: 'send (mail.js:10:5)',
  count: 1_234,
  firstDiedAtMs: 1_764_000_000_000,
  lastDiedAtMs: 1_764_000_060_000,
  sampleId: 'a',
};

describe('views of the dead letter queue', () => {
  it('lists jobs one a line, with control characters escaped', () => {
    expect(deadListView([job, { ...job, id: 'b', queue: null, kind: null, reason: null, lastFailure: null }], terminal))
      .toBe(`ID  QUEUE  KIND       DIED                  FAILED  REASON             LAST FAILURE
a   high   mail.send  2025-11-24 16:00:00Z       4  retries-exhausted  SmtpError: \\u001b[31m451
b   ?      ?          2025-11-24 16:00:00Z       4  -                  -`);
  });

  it('shows groups, and how many jobs they hold together', () => {
    expect(deadGroupsView({ groups: [group], total: 1_234, isIndexed: true }, terminal))
      .toBe(`GROUP          JOBS  FIRST DIED            LAST DIED             ERROR                  AT                   SAMPLE
5b0c77aa01f3  1,234  2025-11-24 16:00:00Z  2025-11-24 16:01:00Z  SmtpError: two\\nlines  send (mail.js:10:5)  a

1,234 dead in 1 group`);
  });

  it('says when there is nothing', () => {
    expect(deadListView([], terminal)).toBe('No dead jobs.');
    expect(deadGroupsView({ groups: [], total: 0, isIndexed: true }, terminal)).toBe('No dead jobs.');
  });
});
