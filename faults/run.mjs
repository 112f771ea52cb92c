// `npm run test:faults`: the fault suite in its long form, with default options and faults as long as in earnest. It ends with a
// table, and a file with all figures. The short form is a part of `npm test`.
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../scripts/project-files.mjs';
import { setupOrExit } from '../scripts/setup.mjs';

const USAGE = `usage: npm run test:faults -- [--only=NAME] [--soak[=30m]] [--allow-missing] [--record]
  --only           scenarios whose file has NAME in its name: solo-runs
  --soak           only the soak, for so long (30s, 5m, 2h)
  --allow-missing  a row that this machine cannot try does not fail the run
  --record         also write the rows that were tried to faults/recorded.json (then: npm run docs)`;
const SCENARIO_FOLDERS = ['apps/worker/test', 'faults'];
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 };
const DEFAULT_SOAK = '30m';

const { scenarios, soakMs, allowMissing, record } = readOptions();
await setupOrExit();

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const reporters = ['--reporter=default', `--reporter=${join(projectRoot, 'faults/table-reporter.ts')}`];
const child = spawn(
  process.execPath,
  [vitest, 'run', '--project=e2e', '--no-file-parallelism', ...reporters, ...scenarios],
  {
    cwd: projectRoot,
    stdio: 'inherit',
    env: {
      ...process.env,
      FAULTS: 'long',
      FAULTS_REVISION: revision(),
      ...(soakMs && { FAULTS_SOAK_MS: String(soakMs) }),
      ...(allowMissing && { FAULTS_ALLOW_MISSING: '1' }),
      ...(record && { FAULTS_RECORD: '1' }),
    },
  },
);
child.once('exit', (code) => process.exit(code ?? 1));

function readOptions() {
  const options = {
    only: { type: 'string' },
    soak: { type: 'string' },
    'allow-missing': { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  };
  try {
    const args = process.argv.slice(2).map((word) => (word === '--soak' ? `--soak=${DEFAULT_SOAK}` : word));
    const { values } = parseArgs({ args, options });
    const soakMs = values.soak === undefined ? undefined : durationMs(values.soak);
    const name = soakMs === undefined ? (values.only ?? '') : 'faults/soak.';
    const scenarios = SCENARIO_FOLDERS.flatMap(scenariosIn).filter((file) => file.includes(name));
    if (scenarios.length === 0) throw new Error(`--only: no scenario has "${String(name)}" in the name of its file`);
    return { scenarios, soakMs, allowMissing: values['allow-missing'], record: values.record };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

/** Those that tell the table what they found. */
function scenariosIn(folder) {
  const specs = readdirSync(join(projectRoot, folder)).filter((name) => name.endsWith('.e2e-spec.ts'));
  return specs.map((name) => `${folder}/${name}`).filter((file) => isScenario(join(projectRoot, file)));
}

function isScenario(file) {
  return readFileSync(file, 'utf8').includes('/fault-test.js');
}

function durationMs(text) {
  const [, number, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`--soak: found "${text}", expected a time as 30m`);
  return Number(number) * UNIT_MS[unit];
}

function revision() {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim();
  } catch {
    return 'unknown';
  }
}
