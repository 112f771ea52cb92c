// Builds dist/ (rolldown), the types of the package entry (tsc) and the launcher at the root. `npm run build`.
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build as rolldown } from 'rolldown';
import config from '../rolldown.config.mjs';
import { withLock } from './lock.mjs';
import { buildStamp, hashOfBuildInputs, projectRoot, setupLock } from './project-files.mjs';

const dist = join(projectRoot, 'dist');
const launcher = join(projectRoot, 'job-queue-system');
const programs = ['producer', 'worker', 'admin', 'all'].map((app) => join(dist, `apps/${app}/index.js`));

/** The caller holds the set-up lock. Running programs keep working: files are replaced, never removed first. */
export async function build() {
  const stamp = hashOfBuildInputs();
  const startedMs = Date.now();
  rmSync(buildStamp, { force: true });

  await Promise.all([rolldown(config), emitTypes()]);
  await writeOpenApi();
  await writeCompiled();

  removeOlderThan(startedMs);
  writeFileSync(launcher, "#!/usr/bin/env node\nimport './dist/apps/all/index.js';\n");
  for (const program of [...programs, launcher]) chmodSync(program, 0o755);
  writeFileSync(buildStamp, stamp);
}

async function emitTypes() {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  try {
    await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: projectRoot });
  } catch (error) {
    throw new Error(`the types of job-queue-system/queue could not be written:\n${error.stdout}`, { cause: error });
  }
}

/** The same bytes in each build: seeds are fixed. */
async function writeCompiled() {
  const program = join(dist, 'apps/admin/write-compiled.js');
  await promisify(execFile)(process.execPath, ['--hash-seed=1', '--random-seed=1', program, '--help']);
}

async function writeOpenApi() {
  const { openApiDocument } = await import(
    `${pathToFileURL(join(dist, 'apps/producer/openapi.js')).href}?${Date.now()}`
  );
  const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  writeFileSync(join(dist, 'openapi.json'), `${JSON.stringify(openApiDocument(version), null, 2)}\n`);
}

// What an earlier build left behind. Two seconds of grace: file systems round their times.
function removeOlderThan(timeMs) {
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && statSync(file).mtimeMs < timeMs - 2_000) rmSync(file);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await withLock(setupLock, build);
