// The fault suite in its long form: `node faults/run.mjs [vitest arguments]`. The short form is a part of `npm test`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from '../scripts/project-files.mjs';
import { setupOrExit } from '../scripts/setup.mjs';

await setupOrExit();

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const given = process.argv.slice(2);
const scenarios = given.some((word) => !word.startsWith('-')) ? [] : ['apps/worker/test', 'faults'];
const child = spawn(
  process.execPath,
  [vitest, 'run', '--project=e2e', '--no-file-parallelism', ...scenarios, ...given],
  {
    cwd: projectRoot,
    stdio: 'inherit',
    env: { ...process.env, FAULTS: 'long' },
  },
);
child.once('exit', (code) => process.exit(code ?? 1));
