// Finds or fetches a real redis-server and runs it as a private child process. Plain Node, no dependencies:
// it is used by the set-up before anything is installed, by the tests, and by `--embedded-redis`.
import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const OLDEST_MAJOR = 7;
const START_TIMEOUT_MS = 60_000;
const APT_TIMEOUT_MS = 180_000;
const PORT_TRIES = 20;
const LOG_TAIL_CHARS = 2_000;
const DEBIAN_PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];
const REMEDY =
  'install Redis 7 or later (apt install redis-server, dnf install redis, brew install redis), or set REDIS_SERVER_BIN to a binary';

// This file also runs bundled into dist/apps/all, so the project root is looked for, not counted in "..".
const projectRoot = findUp(dirname(fileURLToPath(import.meta.url)), 'package.json');
const cacheDir = join(projectRoot, '.cache');
const cachedRoot = join(cacheDir, 'redis');
const cachedBin = join(cachedRoot, 'usr/bin/redis-server');

/** The first redis-server that can be used: REDIS_SERVER_BIN, PATH, `.cache/redis`, then Debian's packages. */
export async function findRedis({ log = () => {} } = {}) {
  const found = await findLocalRedis();
  if (found) return found;
  log('fetching redis-server into .cache/redis');
  await fetchFromDebian();
  return usable(cached());
}

/** The same, but nothing is fetched: undefined when this machine has none. */
export async function findLocalRedis() {
  const given = process.env.REDIS_SERVER_BIN;
  if (given) return usable({ bin: given, env: {} });
  for (const bin of onPath(['redis-server', 'valkey-server'])) {
    if ((await majorVersion({ bin, env: {} })) >= OLDEST_MAJOR) return { bin, env: {} };
  }
  return isExecutable(cachedBin) ? usable(cached()) : undefined;
}

/** Starts a private server on loopback: AOF on, nothing evicted, a password; ends with this process. */
export async function startRedis(options = {}) {
  const server = await findRedis();
  const ownDir = options.dir === undefined;
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'queue-redis-'));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const password = options.password ?? randomBytes(16).toString('hex');
  const settings = {
    dir,
    password,
    appendfsync: options.appendfsync ?? 'everysec',
    extraArgs: options.extraArgs ?? [],
  };

  for (let tries = 1; ; tries += 1) {
    const port = options.port ?? randomPort();
    try {
      return handleOf(await launch(server, { ...settings, port }), { dir, port, password, ownDir });
    } catch (error) {
      const portWasTaken = /address already in use/i.test(error.message);
      if (portWasTaken && options.port === undefined && tries < PORT_TRIES) continue;
      if (ownDir) rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }
}

// ---- finding -------------------------------------------------------------------------------------------------------

function findUp(start, name) {
  for (let dir = start; ; dir = dirname(dir)) {
    if (existsSync(join(dir, name))) return dir;
    if (dir === dirname(dir)) return start;
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function onPath(names) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).filter(isExecutable);
}

function cached() {
  const libraries = join(cachedRoot, 'usr/lib');
  const folders = existsSync(libraries) ? readdirSync(libraries).map((name) => join(libraries, name)) : [];
  return { bin: cachedBin, env: { LD_LIBRARY_PATH: folders.join(delimiter) } };
}

async function majorVersion({ bin, env }) {
  const { stdout } = await run(bin, ['--version'], { env: { ...process.env, ...env } }).catch(() => ({ stdout: '' }));
  return Number(/\bv=(\d+)\./.exec(stdout)?.[1] ?? 0);
}

async function usable(server) {
  const major = await majorVersion(server);
  if (major >= OLDEST_MAJOR) return server;
  const found = major === 0 ? 'does not run' : `is version ${major}, expected ${OLDEST_MAJOR} or later`;
  throw new Error(`${server.bin} ${found}: ${REMEDY}`);
}

// ---- fetching ------------------------------------------------------------------------------------------------------

// Needs no root: a private apt state, packages downloaded (signatures checked by apt) and unpacked, nothing installed.
// Several processes may fetch at once: each works in a folder of its own, the first rename wins.
async function fetchFromDebian() {
  if (!isExecutable('/usr/bin/apt-get')) throw new Error(`no redis-server found: ${REMEDY}`);
  mkdirSync(cacheDir, { recursive: true });
  const work = mkdtempSync(join(cacheDir, 'redis-fetch-'));
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'root']) {
      mkdirSync(join(work, folder), { recursive: true });
    }
    await downloadPackages(work);
    await unpackPackages(work);
    publish(join(work, 'root'));
  } catch (cause) {
    const reason = String(cause.stderr || cause.message).trim();
    throw new Error(`no redis-server found, and apt could not fetch one (${reason}): ${REMEDY}`, { cause });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function downloadPackages(work) {
  const privateState = [
    `Dir::State=${work}/state`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${work}/cache`,
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
  ].flatMap((setting) => ['-o', setting]);
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    run('/usr/bin/apt-get', ['-qq', ...privateState, ...args], { env, timeout: APT_TIMEOUT_MS, maxBuffer: 2 ** 26 });

  await apt('update');
  await apt('-y', '--no-install-recommends', '--reinstall', '--download-only', 'install', ...DEBIAN_PACKAGES);
}

async function unpackPackages(work) {
  const archives = join(work, 'cache/archives');
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', join(archives, file), join(work, 'root')]);
  }
}

function publish(root) {
  if (existsSync(cachedRoot) && !isExecutable(cachedBin)) rmSync(cachedRoot, { recursive: true, force: true });
  try {
    renameSync(root, cachedRoot);
  } catch (error) {
    if (!isExecutable(cachedBin)) throw error;
  }
}

// ---- running -------------------------------------------------------------------------------------------------------

// Below the ephemeral range (32768 and up on Linux): a client that reconnects while the server is down can
// otherwise be given the server's own port as its source port, and connect to itself.
function randomPort() {
  return randomInt(20_000, 32_000);
}

function writeConfig({ dir, port, password, appendfsync }) {
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${JSON.stringify(password)}`,
    `dir ${JSON.stringify(dir)}`,
    'save ""',
    'appendonly yes',
    `appendfsync ${appendfsync}`,
    'maxmemory-policy noeviction',
  ];
  const file = join(dir, 'redis.conf');
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

// A group of its own, so that Ctrl-C in a terminal does not reach it before its clients have drained;
// setpriv (Linux) ends it when this process dies without a word.
function spawnServer({ bin, env }, settings) {
  const command = [bin, writeConfig(settings), ...settings.extraArgs];
  const [setpriv] = onPath(['setpriv']);
  if (setpriv) command.unshift(setpriv, '--pdeathsig', 'TERM', '--');
  return spawn(command[0], command.slice(1), {
    cwd: settings.dir,
    env: { ...process.env, ...env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

function launch(server, settings) {
  return new Promise((resolve, reject) => {
    const child = spawnServer(server, settings);
    let log = '';
    const fail = (what) => {
      clearTimeout(timer);
      reject(new Error(`redis-server ${what}: ${log.slice(-LOG_TAIL_CHARS)}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`was not ready after ${START_TIMEOUT_MS / 1000} s`);
    }, START_TIMEOUT_MS);
    const read = (chunk) => {
      log = (log + chunk).slice(-2 * LOG_TAIL_CHARS);
      if (!log.includes('Ready to accept connections')) return;
      clearTimeout(timer);
      child.removeAllListeners('error').removeAllListeners('close');
      for (const stream of [child.stdout, child.stderr]) stream.off('data', read).resume();
      resolve(child);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('close', (code, signal) => fail(`ended with ${signal ?? code}`));
  });
}

function handleOf(child, { dir, port, password, ownDir }) {
  const endWithParent = () => child.kill('SIGTERM');
  process.once('exit', endWithParent);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const exited = new Promise((resolve) => {
    if (hasEnded()) resolve({ code: child.exitCode, signal: child.signalCode });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  void exited.then(() => process.off('exit', endWithParent));

  const kill = async (signal = 'SIGKILL') => {
    if (!hasEnded()) child.kill(signal);
    const goesOn = signal === 'SIGSTOP' || signal === 'SIGCONT';
    if (!goesOn) await exited;
  };
  const stop = async () => {
    if (!hasEnded()) child.kill('SIGCONT');
    await kill('SIGTERM');
    if (ownDir) rmSync(dir, { recursive: true, force: true });
  };
  const url = `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  return { url, host: '127.0.0.1', port, password, pid: child.pid, dir, exited, stop, kill };
}
