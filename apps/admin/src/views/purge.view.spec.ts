import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { bulkView, filterText, planQuestion, planView, type Plan } from './purge.view.js';

const terminal = { width: Infinity, paint: pc.createColors(false) };
const target = { address: '127.0.0.1:6379/3', prefix: 'jobqueue' };
const plan: Plan = {
  target,
  verb: 'purge',
  what: 'dead jobs',
  filter: 'kind mail.send',
  total: 5_000,
  meant: 1_200,
  sample: [
    { id: 'a', queue: 'low', kind: 'mail.send', atMs: 1_764_000_000_000, note: 'timeout', payload: '"\u001b[2J"' },
    { id: 'b', queue: null, kind: null, atMs: null, note: '-', payload: 'x'.repeat(200) },
  ],
};
const result = {
  seen: 7,
  total: 9,
  applied: 5,
  isComplete: true,
  refused: { gone: 0, unreadable: 0, 'unknown-queue': 0 },
};

describe('what a bulk command shows', () => {
  it('names how many of what, where, and some of them, escaped', () => {
    const lines = planView(plan, terminal).split('\n');

    expect(lines[0]).toBe('would purge 1,200 of 5,000 dead jobs, jobqueue at 127.0.0.1:6379/3');
    expect(lines[1]).toBe('  kind mail.send');
    expect(lines[4]).toBe('a   low    mail.send  2025-11-24 16:00:00Z  timeout  "\\u001b[2J"');
    expect(lines[5]).toMatch(/^b {3}\? {6}\? {10}- {21}- {8}x+…$/);
    expect(lines[6]).toBe('… and 1,198 more');
  });

  it('asks about the same', () => {
    expect(planQuestion(plan)).toBe('Purge 1,200 dead jobs, jobqueue at 127.0.0.1:6379/3');
  });

  it('shows no empty sample', () => {
    expect(planView({ ...plan, filter: '', meant: 0, sample: [] }, terminal)).toBe(
      'would purge 0 of 5,000 dead jobs, jobqueue at 127.0.0.1:6379/3',
    );
  });

  it.each([
    [{}, ''],
    [{ kind: 'k' }, 'kind k'],
    [
      { kind: 'k', queue: 'q', error: 'e', olderThanMs: 3_600_000, limit: 1_000 },
      'kind k, queue q, error "e", for at least 1h, the first 1,000',
    ],
  ])('puts %j in words', (filter, text) => {
    expect(filterText(filter)).toBe(text);
  });

  it('tells what was done', () => {
    expect(bulkView(result, 'purged', 'dead jobs', target)).toBe('purged 5 dead jobs, jobqueue at 127.0.0.1:6379/3');
  });

  it('tells what was left alone, and that it was interrupted', () => {
    const refused = { gone: 1, unreadable: 2, 'unknown-queue': 3 };

    expect(bulkView({ ...result, isComplete: false, refused }, 'requeued', 'dead jobs', target).split('\n')).toEqual([
      'requeued 5 dead jobs, jobqueue at 127.0.0.1:6379/3',
      '  1 were gone by then, or dead again since',
      '  2 stay dead: their records cannot be read',
      '  3 stay dead: their queue is not in queue.names',
      'interrupted after 7 of 9: run it again to go on',
    ]);
  });
});
