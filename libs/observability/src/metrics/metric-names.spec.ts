import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEAD_REASONS, FAILURE_REASONS, REFUSAL_REASONS, SNOOZE_REASONS } from './known-labels.js';
import { METRICS, type MetricDefinition } from './metric-names.js';

const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
const ROW = /^\| `([a-z_]+)` +\| (counter|gauge|histogram) +\| (.*?) *\| (.*?) *\|$/gm;
const rows = [...page.matchAll(ROW)].map(([, name, type, labels = '', meaning = '']) => ({
  name,
  type,
  labels: quoted(labels),
  meaning,
}));

describe('metric names', () => {
  it('are the names, types and labels of docs/metrics.md, each once', () => {
    const documented = rows.map(({ name, type, labels }) => ({ name, type, labels }));
    const defined = Object.values<MetricDefinition>(METRICS).map(({ name, type, labels }) => ({ name, type, labels }));

    expect(byName(documented)).toEqual(byName(defined));
  });

  it.each([
    [METRICS.failed.name, FAILURE_REASONS],
    [METRICS.dead.name, DEAD_REASONS],
    [METRICS.snoozed.name, SNOOZE_REASONS],
    [METRICS.enqueueRefused.name, REFUSAL_REASONS],
  ])('lists every reason of %s in docs/metrics.md', (name, reasons) => {
    const meaning = rows.find((row) => row.name === name)?.meaning ?? '';

    expect(quoted(meaning.slice(meaning.indexOf('Reasons:'))).toSorted()).toEqual([...reasons].toSorted());
  });

  it('end as Prometheus wants it: counters in _total, times in _seconds', () => {
    for (const { name, type, help } of Object.values<MetricDefinition>(METRICS)) {
      expect(name.endsWith('_total')).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(help).not.toMatch(/\.$/);
    }
  });
});

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}

function byName<T extends { readonly name?: string | undefined }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (a.name ?? '').localeCompare(b.name ?? ''));
}
