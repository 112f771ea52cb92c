import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const root = join(import.meta.dirname, '..');
const QUEUE = 'libs/queue/src';

interface Violation {
  from: string;
  rule: { name: string };
}

/** One import that each rule forbids: rule, importing file, imported file or package. */
const forbidden = [
  ['no-circular', `${QUEUE}/redis/ping.ts`, `${QUEUE}/redis/pong.ts`],
  ['no-unresolved', 'apps/worker/src/typo.ts', './missing.js'],
  ['apps-import-no-app', 'apps/all/src/shortcut.ts', 'apps/worker/src/worker.module.ts'],
  ['libs-import-no-app', 'libs/config/src/upward.ts', 'apps/worker/src/worker.module.ts'],
  ['queue-imports-nothing-here', `${QUEUE}/metrics-user.ts`, 'libs/observability/src/index.ts'],
  ['config-imports-queue-only', 'libs/config/src/logger-user.ts', 'libs/observability/src/index.ts'],
  ['observability-imports-queue-only', 'libs/observability/src/settings.ts', 'libs/config/src/index.ts'],
  ['testing-imports-queue-only', 'libs/testing/src/settings.ts', 'libs/config/src/index.ts'],
  ['testing-is-for-specs', 'apps/producer/src/fixtures.ts', 'libs/testing/src/index.ts'],
  ['libs-are-entered-by-their-barrel', 'apps/producer/src/side-door.ts', `${QUEUE}/job/job.ts`],
  ['only-redis-room-imports-ioredis', `${QUEUE}/worker/own-client.ts`, 'ioredis'],
  ['redis-room-stays-inside', 'apps/admin/src/keys.ts', `${QUEUE}/redis/queue-keys.ts`],
  ['redis-room-stays-inside', 'bench/keys.ts', `${QUEUE}/redis/queue-keys.ts`],
  ['no-sibling-role-room', `${QUEUE}/enqueue/sibling.ts`, `${QUEUE}/admin/inspect.service.ts`],
  ['no-sibling-role-room', `${QUEUE}/maintenance/sibling.ts`, `${QUEUE}/worker/fetcher.service.ts`],
  ['worker-starts-maintenance-only', `${QUEUE}/worker/sibling.ts`, `${QUEUE}/enqueue/enqueue.service.ts`],
  ['redis-room-knows-no-role', `${QUEUE}/redis/role.ts`, `${QUEUE}/worker/fetcher.service.ts`],
  ['events-know-job-and-errors-only', `${QUEUE}/events/upward.ts`, `${QUEUE}/redis/queue-keys.ts`],
  ['job-is-pure', `${QUEUE}/job/injected.ts`, '@nestjs/common'],
  ['job-is-pure', `${QUEUE}/job/client.ts`, 'ioredis'],
  ['job-is-pure', `${QUEUE}/job/file.ts`, 'node:fs'],
  ['job-is-pure', `${QUEUE}/job/upward.ts`, `${QUEUE}/events/queue-events.ts`],
  ['errors-import-nothing', `${QUEUE}/errors/upward.ts`, `${QUEUE}/job/job.ts`],
  ['queue-knows-no-edge', `${QUEUE}/worker/http.ts`, 'prom-client'],
  ['production-needs-no-dev-dependency', 'apps/worker/src/property.ts', 'fast-check'],
  ['no-unreachable-file', 'apps/worker/src/forgotten.ts', '@nestjs/common'],
  ['no-unreachable-test-tool', 'libs/testing/src/forgotten.ts', '@nestjs/common'],
] as const;

const backEdge = [`${QUEUE}/redis/pong.ts`, `${QUEUE}/redis/ping.ts`] as const;

const allowed = [
  ['apps/worker/src/main.ts', 'libs/observability/src/index.ts'],
  ['apps/worker/src/main.ts', 'libs/config/src/index.ts'],
  ['libs/observability/src/index.ts', `${QUEUE}/index.ts`],
  ['libs/config/src/index.ts', `${QUEUE}/index.ts`],
  [`${QUEUE}/index.ts`, `${QUEUE}/worker/worker.module.ts`],
  [`${QUEUE}/worker/worker.module.ts`, `${QUEUE}/maintenance/reaper.service.ts`],
  [`${QUEUE}/maintenance/reaper.service.ts`, `${QUEUE}/redis/queue-keys.ts`],
  [`${QUEUE}/redis/queue-keys.ts`, 'ioredis'],
  [`${QUEUE}/redis/queue-keys.ts`, `${QUEUE}/events/queue-events.ts`],
  [`${QUEUE}/events/queue-events.ts`, `${QUEUE}/job/job.ts`],
  [`${QUEUE}/job/job.ts`, `${QUEUE}/errors/queue-error.ts`],
  [`${QUEUE}/worker/worker.int-spec.ts`, 'libs/testing/src/index.ts'],
  ['apps/worker/test/worker.e2e-spec.ts', 'libs/testing/src/index.ts'],
  ['libs/testing/src/index.ts', `${QUEUE}/redis/queue-keys.ts`],
] as const;

describe('the import rules', () => {
  let project: string;
  let violations: Violation[];

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'import-rules-'));
    for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, file), join(project, file));
    }
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    writeFiles(project, [...allowed, ...forbidden.map(([, from, to]) => [from, to] as const), backEdge]);
    violations = await cruise(project);
  });

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it.each(forbidden)('%s: %s must not import %s', (rule, from) => {
    expect(rulesBrokenBy(from)).toContain(rule);
  });

  it.each(allowed)('%s may import %s', (from) => {
    expect(rulesBrokenBy(from)).toEqual([]);
  });

  it('are each shown to fire', () => {
    const { forbidden: rules } = require('../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };

    const shown = new Set<string>(forbidden.map(([rule]) => rule));

    expect(rules.map((rule) => rule.name).filter((name) => !shown.has(name))).toEqual([]);
  });

  const rulesBrokenBy = (file: string) => violations.filter(({ from }) => from === file).map(({ rule }) => rule.name);
});

function writeFiles(project: string, edges: readonly (readonly [from: string, to: string])[]): void {
  const texts = new Map<string, string>();
  for (const [from, to] of edges) {
    if (to.endsWith('.ts')) texts.set(to, texts.get(to) ?? 'export {};\n');
    texts.set(from, `${texts.get(from) ?? ''}import '${specifierOf(from, to)}';\n`);
  }
  for (const [file, text] of texts) {
    mkdirSync(dirname(join(project, file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
}

function specifierOf(from: string, to: string): string {
  if (!to.endsWith('.ts')) return to;
  const path = relative(dirname(from), to).replace(/\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/** The command ends with a failure, since rules are broken; what it prints is the answer. */
async function cruise(project: string): Promise<Violation[]> {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [bin, 'apps', 'libs', 'bench', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const options = { cwd: project, maxBuffer: 2 ** 26 };
  const stdout = await promisify(execFile)(process.execPath, args, options).then(
    (result) => result.stdout,
    (error: { stdout: string }) => error.stdout,
  );
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}
