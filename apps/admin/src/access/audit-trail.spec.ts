import { RedisUnavailableError } from '@app/queue';
import { describe, expect, it } from 'vitest';
import type { Actor } from './actor.js';
import { AuditTrail } from './audit-trail.js';

const ALICE: Actor = { who: 'alice', access: 'token', tokenId: 't-1', host: 'web-7' };
const SUBJECT = { command: 'purge-dlq', scope: 'admin:dlq' as const, filter: { kind: 'a' }, reason: 'why' };

describe('the trail of a run', () => {
  it('writes the same to Redis and to the log: who, what, why, how many', async () => {
    const { trail, stored, lines } = trailOf(SUBJECT);

    await trail.intent(ALICE);
    await trail.result(ALICE, 'done', { applied: 3 });

    const common = {
      command: 'purge-dlq',
      scope: 'admin:dlq',
      reason: 'why',
      who: 'alice',
      access: 'token',
      host: 'web-7',
      token_id: 't-1',
      run: expect.any(String) as string,
    };
    expect(stored).toEqual([
      { ...common, phase: 'intent', filter: '{"kind":"a"}' },
      { ...common, phase: 'result', filter: '{"kind":"a"}', result: 'done', counts: '{"applied":3}' },
    ]);
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ ...common, level: 'info', msg: 'audit', phase: 'intent', filter: { kind: 'a' } }),
      expect.objectContaining({ ...common, phase: 'result', result: 'done', counts: { applied: 3 } }),
    ]);
    expect(new Set(stored.map(({ run }) => run)).size).toBe(1);
  });

  it('lets nothing happen whose intent was refused, and logs that', async () => {
    const { trail, lines } = trailOf(SUBJECT, () => new Error('WRONGTYPE'));

    await expect(trail.intent(ALICE)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('WRONGTYPE'),
    });

    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([expect.objectContaining({ phase: 'refused' })]);
  });

  it('lets nothing happen when nobody knows whether the intent is stored', async () => {
    const { trail } = trailOf(SUBJECT, () => new RedisUnavailableError('unknown', 'no reply'));

    await expect(trail.intent(ALICE)).rejects.toThrow(RedisUnavailableError);
  });

  it('fails a change whose result cannot be stored, and logs the result all the same', async () => {
    const { trail, lines } = trailOf(SUBJECT, () => new Error('MISCONF'));

    await expect(trail.result(ALICE, 'done', { applied: 3 })).rejects.toMatchObject({ exitCode: 1 });

    const [line] = lines.map((each) => JSON.parse(each) as object);
    expect(line).toMatchObject({ phase: 'result', counts: { applied: 3 }, audit_error: 'MISCONF' });
  });

  it('keeps a refusal a refusal when it cannot be stored', async () => {
    const { trail, lines } = trailOf(SUBJECT, () => new Error('NOPERM'));

    await trail.refused(ALICE, 'no scope');

    const [line] = lines.map((each) => JSON.parse(each) as object);
    expect(line).toMatchObject({ phase: 'refused', level: 'warn', error: 'no scope', audit_error: 'NOPERM' });
  });

  it('bounds what an operator types, and lets no control character into the log', async () => {
    const { trail, stored, lines } = trailOf({ ...SUBJECT, reason: `\u009b31m\u202e${'x'.repeat(10_000)}` });

    await trail.intent(ALICE);

    expect(stored[0]!.reason).toHaveLength(2_048);
    expect(lines[0]!.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

function trailOf(subject: typeof SUBJECT, refuse?: () => Error) {
  const stored: Readonly<Record<string, string>>[] = [];
  const lines: string[] = [];
  const append = (fields: Readonly<Record<string, string>>) => {
    if (refuse) return Promise.reject(refuse());
    stored.push(fields);
    return Promise.resolve();
  };
  const trail = new AuditTrail({ append }, 100, subject, (line) => void lines.push(line));
  return { trail, stored, lines };
}
