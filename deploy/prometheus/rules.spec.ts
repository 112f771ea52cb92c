import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesBelow, text, yaml } from '../project-file.js';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: { readonly severity?: string };
  readonly annotations?: { readonly summary?: string; readonly runbook_url?: string };
}

const RUNBOOKS = 'https://github.com/OWNER/job-queue-system/blob/main/';
const CHAPTERS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Verify'];
const rules = yaml<{ groups: { rules: Rule[] }[] }>(
  'deploy/prometheus/rules/job-queue-system.rules.yml',
).groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const metrics = new Set([...text('docs/metrics.md').matchAll(/^\| `([a-z_]+)`/gm)].map(([, name]) => name));
const pageOf = ({ annotations }: Rule) => annotations?.runbook_url?.slice(RUNBOOKS.length) ?? '';

describe.each(alerts.map((rule) => [rule.alert, rule] as const))('%s', (name, rule) => {
  it('says how bad it is, what it is and where to read on', () => {
    expect(rule.labels?.severity).toMatch(/^(critical|warning)$/);
    expect(rule.annotations?.summary).toMatch(/\S/);
    expect(rule.annotations?.runbook_url).toContain(`${RUNBOOKS}docs/runbooks/`);
    expect(rule.for).toMatch(/^\d+m$/);
  });

  it('leads to a page that names it', () => {
    expect(pageOf(rule)).toSatisfy(existsSync);
    expect(text(pageOf(rule))).toContain(name);
  });

  it('has a test in which it fires and one in which it does not', () => {
    const tests = text('deploy/prometheus/rules/job-queue-system.test.yml');
    const outcomes = [...tests.matchAll(new RegExp(`alertname="${name}"[^]*?exp_samples: (\\[.*\\])`, 'g'))];

    expect(new Set(outcomes.map(([, samples]) => (samples === '[]' ? 'silent' : 'fires')))).toEqual(
      new Set(['fires', 'silent']),
    );
  });
});

describe('the pages of alerts', () => {
  it.each([...new Set(alerts.map(pageOf))])('%s has its chapters, and commands in the diagnosis', (file) => {
    const page = text(file);
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const diagnosis = page.split('## Diagnosis')[1]?.split('## ')[0];

    expect(headings).toEqual(CHAPTERS);
    expect(diagnosis).toContain('```bash');
  });
});

describe('rules and dashboards', () => {
  const expressions = [
    ...rules.map(({ expr }) => expr),
    ...filesBelow('deploy/grafana/dashboards').flatMap(queriesOf),
    ...[...text('deploy/kubernetes/overlays/keda/worker-scaled-object.yaml').matchAll(/query: (.*)/g)].map(
      ([, q]) => q!,
    ),
    ...[...text('deploy/prometheus/adapter.yaml').matchAll(/seriesQuery: (.*)/g)].map(([, q]) => q!),
  ];

  it('ask only for metrics that docs/metrics.md has, or that Node brings', () => {
    const names = expressions.flatMap((expr) => [...expr.matchAll(/\b([a-z]+(?:_[a-z]+)+)(?=[[{)]| offset|$)/g)]);
    const asked = names.map(([, name]) => name!.replace(/_(bucket|count|sum)$/, ''));

    expect(asked.length).toBeGreaterThan(50);
    expect(asked.filter((name) => !metrics.has(name) && !/^(process|nodejs)_/.test(name))).toEqual([]);
  });

  it('never add up what every app tells: gauges of Redis, and breakers, which all workers share', () => {
    const shared =
      /sum( by \([^)]*\))? ?\((rate\()?(queue_|scheduled_|processing_|dead_letter_|workers_registered|redis_memory_|circuit_breaker_)/;

    expect('sum(queue_length) sum by (queue) (queue_length)'.match(new RegExp(shared, 'g'))).toHaveLength(2);
    expect(expressions.filter((expr) => shared.test(expr))).toEqual([]);
  });
});

function queriesOf(file: string): string[] {
  const { panels } = JSON.parse(text(file)) as { panels: { targets?: { expr: string }[] }[] };
  return panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
}
