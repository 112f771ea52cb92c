// Finds the tools that check what is in deploy/, or fetches them into .cache/deploy-tools: npm packages by the lock
// file of deploy/tools, Debian packages unpacked, nothing installed on the machine. Plain Node, no dependencies.
import { execFile, spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from './project-files.mjs';

const runFile = promisify(execFile);

export const cacheDir = join(projectRoot, '.cache/deploy');
const npmDir = join(cacheDir, 'npm');
const debianDir = join(cacheDir, 'debian');

/** What a tool is called, the Debian package that has it, and what to do where neither is there. */
const DEBIAN_TOOLS = {
  promtool: { package: 'prometheus', remedy: 'install Prometheus (brew install prometheus)' },
  prometheus: { package: 'prometheus', remedy: 'install Prometheus (brew install prometheus)' },
  shellcheck: { package: 'shellcheck', remedy: 'install shellcheck (brew install shellcheck)' },
  yamllint: { package: 'yamllint', remedy: 'install yamllint (pip install yamllint)' },
};

/** Says that something could not be checked here, and why. Told apart from a check that failed. */
export class ToolMissingError extends Error {}

/** Runs a program to its end. @returns exit code and both outputs; never throws for a failure of the program. */
export function run(command, args, options = {}) {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd: projectRoot,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    ...options,
  });
  if (error?.code === 'ENOENT') throw new ToolMissingError(`${command} is not installed`);
  if (error) throw error;
  return { code: status ?? `signal ${signal}`, stdout: stdout ?? '', stderr: stderr ?? '' };
}

/** The same, for a program that has to succeed. @returns its stdout, without the line break at the end. */
export function mustRun(command, args, options = {}) {
  const { code, stdout, stderr } = run(command, args, options);
  if (code === 0) return stdout.trimEnd();
  throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`.trimEnd());
}

/** The first executable of this name on PATH. */
export function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * A tool of PATH, of the cache, or of a Debian package that is fetched now.
 *
 * @returns {Promise<{bin: string, env: Record<string, string>}>} the program and the variables it needs.
 * @throws {ToolMissingError} with the remedy.
 */
export async function debianTool(name) {
  const own = onPath(name);
  if (own) return { bin: own, env: process.env };
  const { package: packageName, remedy } = DEBIAN_TOOLS[name];
  const cached = join(debianDir, 'usr/bin', name);
  if (!isExecutable(cached)) await fetchFromDebian(packageName, remedy);
  if (!isExecutable(cached)) throw new ToolMissingError(`${name} was not found: ${remedy}`);
  return { bin: cached, env: { ...process.env, ...pathsOf(debianDir) } };
}

/** Where the packages of deploy/tools are installed: what is missing is fetched with npm. */
export function npmTools() {
  const wanted = join(projectRoot, 'deploy/tools');
  const lock = join(npmDir, 'package-lock.json');
  const isFresh =
    existsSync(join(npmDir, 'node_modules')) && run('cmp', ['-s', lock, join(wanted, 'package-lock.json')]).code === 0;
  if (isFresh) return join(npmDir, 'node_modules');
  rmSync(npmDir, { recursive: true, force: true });
  mkdirSync(npmDir, { recursive: true });
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  cpSync(wanted, npmDir, { recursive: true });
  const { code, stderr } = run('npm', args, { cwd: npmDir });
  if (code === 0) return join(npmDir, 'node_modules');
  rmSync(npmDir, { recursive: true, force: true });
  throw new ToolMissingError(`the packages of deploy/tools could not be installed: ${stderr.trim()}`);
}

/** Kustomize, alone or in kubectl. @throws {ToolMissingError} */
export function kustomize(folder) {
  if (onPath('kustomize')) return mustRun('kustomize', ['build', folder]);
  if (onPath('kubectl')) return mustRun('kubectl', ['kustomize', folder]);
  throw new ToolMissingError(
    'neither kustomize nor kubectl is installed (https://kubectl.docs.kubernetes.io/installation)',
  );
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function pathsOf(root) {
  const libraries = join(root, 'usr/lib');
  const folders = existsSync(libraries) ? readdirSync(libraries).map((name) => join(libraries, name)) : [];
  return { LD_LIBRARY_PATH: folders.join(delimiter), PYTHONPATH: join(root, 'usr/lib/python3/dist-packages') };
}

// As scripts/redis-server.mjs does: a private state of apt, signatures checked, nothing installed.
async function fetchFromDebian(packageName, remedy) {
  if (!isExecutable('/usr/bin/apt-get')) throw new ToolMissingError(`${packageName} is not installed: ${remedy}`);
  mkdirSync(debianDir, { recursive: true });
  const work = mkdtempSync(join(cacheDir, 'fetch-'));
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial']) {
      mkdirSync(join(work, folder), { recursive: true });
    }
    await download(work, packageName);
    const archives = join(work, 'cache/archives');
    for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
      await runFile('dpkg-deb', ['-x', join(archives, file), debianDir]);
    }
  } catch (cause) {
    const reason = String(cause.stderr || cause.message).trim();
    throw new ToolMissingError(`apt could not fetch ${packageName} (${reason}): ${remedy}`, { cause });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function download(work, packageName) {
  const state = [`Dir::State=${work}/state`, 'Dir::State::status=/var/lib/dpkg/status', `Dir::Cache=${work}/cache`];
  const options = [...state, 'Debug::NoLocking=1', 'APT::Sandbox::User='].flatMap((setting) => ['-o', setting]);
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => runFile('/usr/bin/apt-get', ['-qq', ...options, ...args], { env, maxBuffer: 2 ** 26 });
  await apt('update');
  await apt('-y', '--no-install-recommends', '--reinstall', '--download-only', 'install', packageName);
}
