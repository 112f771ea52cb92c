// What `npm start` and `npm test` need on a machine with Node and npm and nothing else. Plain Node, no dependencies.
// Silent when there is nothing to do; several runs at once wait for one another.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_NODE = [20, 19];
const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** @throws {Error} with the remedy, when a step cannot be done. */
export async function setup({ log = (line) => process.stderr.write(`setup: ${line}\n`) } = {}) {
  checkNode();
  const { setupLock } = await import('./project-files.mjs');
  const { withLock } = await import('./lock.mjs');

  if (await isDone()) return;
  const onWait = (pid) => log(`waiting for the set-up that runs as process ${pid}`);
  await withLock(setupLock, () => doMissingSteps(log), { onWait });
}

async function isDone() {
  const { isBuilt } = await import('./project-files.mjs');
  const { findLocalRedis } = await import('./redis-server.mjs');
  return isInstalled() && isBuilt() && (await findLocalRedis()) !== undefined;
}

async function doMissingSteps(log) {
  const { isBuilt } = await import('./project-files.mjs');
  const { findRedis } = await import('./redis-server.mjs');

  await findRedis({ log });
  if (!isInstalled()) {
    log('installing packages (npm ci)');
    install();
  }
  if (!isBuilt()) {
    log('building');
    const { build } = await import('./build.mjs');
    await build();
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(`Node ${process.versions.node} is too old: install Node ${OLDEST_NODE.join('.')} or later`);
}

/** npm records what it installed; every package of package-lock.json must be there in its version. */
function isInstalled() {
  const installed = join(projectRoot, 'node_modules/.package-lock.json');
  if (!existsSync(installed)) return false;
  const found = packagesIn(installed);
  return Object.entries(packagesIn(join(projectRoot, 'package-lock.json'))).every(
    ([path, wanted]) => path === '' || wanted.optional || found[path]?.version === wanted.version,
  );
}

function packagesIn(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

function install() {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync('npm', args, { cwd: projectRoot, encoding: 'utf8', shell: process.platform === 'win32' });
  if (result.status === 0) return;
  throw new Error(`npm ci failed: ${result.error?.message ?? `${result.stdout}${result.stderr}`.trim()}`);
}

/** For programs: on failure the message goes to stderr and the process ends with 1. */
export async function setupOrExit() {
  try {
    await setup();
  } catch (error) {
    process.stderr.write(`setup: ${error.message}\n`);
    process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] || '').href) await setupOrExit();
