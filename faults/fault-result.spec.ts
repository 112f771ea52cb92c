import { describe, expect, it } from 'vitest';
import { recordedWith, resultsOf, type TriedTest } from './fault-result.js';
import { markdownTable, textTable } from './result-table.js';
import { ROWS } from './rows.js';

const tried = (given: Partial<TriedTest>): TriedTest => ({
  row: 'zombie',
  name: 'a test',
  hasPassed: true,
  durationMs: 1,
  figures: {},
  ...given,
});
const rowOf = (...tests: Partial<TriedTest>[]) => resultsOf(tests.map(tried)).find(({ id }) => id === 'zombie')!;

describe('the result of a row', () => {
  it('adds counts and takes the largest of what has a unit', () => {
    const row = rowOf(
      { figures: { jobs: 100, 'back after, ms': 1_250 } },
      { figures: { jobs: 1_000, 'back after, ms': 7 } },
    );

    expect(row.figures).toEqual({ jobs: 1_100, 'back after, ms': 1_250 });
    expect(textTable([row])).toContain('jobs 1,100, back after 1.3 s');
  });

  it.each([
    ['pass', [{}]],
    ['fail', [{}, { hasPassed: false }]],
    ['fail', [{ hasPassed: false }, { hasPassed: false, notRun: 'no tool' }]],
    ['not run', [{}, { hasPassed: false, notRun: 'no tool' }]],
    ['not tried', []],
  ])('is "%s" for %j', (verdict, tests) => {
    expect(rowOf(...tests).verdict).toBe(verdict);
  });

  it('names what is missing', () => {
    expect(textTable([rowOf({ hasPassed: false, notRun: 'libfaketime is not there' })])).toContain(
      'not run: libfaketime is not there',
    );
  });

  it('is there for every row, tried or not', () => {
    const rows = resultsOf([]);
    const result = { revision: 'r', node: '20', redis: '7', cores: 2, finishedAt: '', rows };

    expect(rows).toHaveLength(Object.keys(ROWS).length);
    expect(markdownTable(result).split('\n')).toHaveLength(rows.length + 2);
  });

  it('stays recorded until it is tried again', () => {
    const run = (revision: string, ...tests: Partial<TriedTest>[]) => {
      const rows = resultsOf(tests.map(tried));
      return { revision, node: '20', redis: '7', cores: 2, finishedAt: '', rows };
    };
    const first = run('a', { figures: { jobs: 1 } }, { row: 'soak', figures: { jobs: 2 } });

    const recorded = recordedWith(first, run('b', { row: 'soak', figures: { jobs: 3 } }));

    expect(recorded.revision).toBe('b');
    expect(recorded.rows.flatMap(({ figures }) => figures.jobs ?? [])).toEqual([1, 3]);
  });
});
