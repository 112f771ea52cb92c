// The fault suite in its long form: `node faults/run.mjs [--only NAME] [vitest arguments]`, NAME being a part of the name of a
// scenario's file, such as solo-runs. The short form is a part of `npm test`.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from '../scripts/project-files.mjs';
import { setupOrExit } from '../scripts/setup.mjs';

await setupOrExit();

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const given = process.argv.slice(2).flatMap((word, at, words) => {
  if (word === '--only') return [];
  if (words[at - 1] === '--only') return [word];
  return word.startsWith('--only=') ? [word.slice('--only='.length)] : [word];
});
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
