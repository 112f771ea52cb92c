import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DASHBOARDS } from './grafana/dashboards.js';
import { yaml } from './project-file.js';

// Written by `npm run docs`.
describe('what is generated', () => {
  it.each(Object.entries(DASHBOARDS))('%s is what the code says', async (file, json) => {
    const path = join(import.meta.dirname, 'grafana/dashboards', file);

    await expect(`${JSON.stringify(json, null, 2)}\n`).toMatchFileSnapshot(path);
  });

  it('the PrometheusRule holds the rules of deploy/prometheus', async () => {
    const { groups } = yaml<{ groups: unknown[] }>('deploy/prometheus/rules/job-queue-system.rules.yml');
    const rule = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'job-queue-system' },
      spec: { groups },
    };
    const head = '# Generated from deploy/prometheus/rules by npm run docs: change it there.\n';
    const path = join(import.meta.dirname, 'kubernetes/components/monitoring/prometheus-rule.yaml');

    await expect(`${head}${stringify(rule, { lineWidth: 0 })}`).toMatchFileSnapshot(path);
  });
});
