// The image is built twice and has to be the same; then it runs as a cluster would run it.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { containerEnv, provideImage } from './check-deploy-containers.mjs';
import { mustRun, run } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';
import { startRedis } from './redis-server.mjs';

export const IMAGE = 'localhost/job-queue-system';
const FILES = 25;

/** What a restricted pod is held to: no root, no writable root, no capability, no new privilege. */
export const RESTRICTED = [
  '--read-only',
  '--read-only-tmpfs=false',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
];

/** Copies what git would take of this tree, so that a tree that is worked on does not change under a build. */
export function snapshot() {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-context-'));
  const files = mustRun('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']).split('\0');
  for (const file of files.filter((name) => name !== '' && existsSync(join(projectRoot, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(projectRoot, file), join(folder, file));
  }
  return folder;
}

/** Builds the image from a folder under the name of a tag. @returns its id. */
export function buildImage(tag, { env, context, fresh }) {
  const [revision, seconds] = mustRun('git', ['log', '-1', '--format=%h %ct', '--abbrev=12']).split(' ');
  const { version } = JSON.parse(readFileSync(join(context, 'package.json'), 'utf8'));
  const created = new Date(Number(seconds) * 1000).toISOString();
  const values = { VERSION: `v${version}`, REVISION: revision, CREATED: created, SOURCE_DATE_EPOCH: seconds };
  const flags = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const image = `${IMAGE}:${tag}`;
  mustRun(
    'buildah',
    ['bud', '--quiet', '--format=oci', '--layers', '--pull-never', '--network=host', `--timestamp=${seconds}`]
      .concat(fresh ? '--no-cache' : [])
      .concat(flags)
      .concat(['--ignorefile=deploy/Dockerfile.dockerignore', '-f', 'deploy/Dockerfile', '-t', image, '.']),
    { env, cwd: context },
  );
  return mustRun('podman', ['image', 'inspect', '--format={{.Id}}', image], { env });
}

/** The image of the last check, or one that is built now. Its sources may be older than the tree. */
export function ensureImage({ env, standIn, log }) {
  const image = `${IMAGE}:check`;
  if (run('podman', ['image', 'exists', image], { env }).code === 0) return image;
  provideImage('node', { env, standIn, log });
  const context = snapshot();
  buildImage('check', { env, context, fresh: false });
  rmSync(context, { recursive: true, force: true });
  return image;
}

export async function checkImage({ standIn, log }) {
  const env = containerEnv();
  provideImage('node', { env, standIn, log });
  const context = snapshot();
  const ids = [false, true].map((fresh) => buildImage('check', { env, context, fresh }));
  rmSync(context, { recursive: true, force: true });
  if (ids[0] !== ids[1]) throw new Error(`two builds of one tree gave two images: ${ids.join(' and ')}`);
  log(`built twice, one id: ${ids[0].slice(0, 12)}`);
  await checkRun(ids[0], env, log);
}

export async function checkRun(id, env, log) {
  const [{ Config, Size }] = JSON.parse(mustRun('podman', ['image', 'inspect', id], { env }));
  if (!/^[1-9]\d*:[1-9]\d*$/.test(Config.User))
    throw new Error(`the user is "${Config.User}", expected numbers, not root`);
  log(`user ${Config.User}, entry point ${Config.Entrypoint.join(' ')}, ${Math.round(Size / 2 ** 20)} MiB`);
  log(mustRun('podman', ['run', '--rm', '--network=none', ...RESTRICTED, id, '--version'], { env }));
  await processesAFolder(id, env, log);
}

async function processesAFolder(image, env, log) {
  const redis = await startRedis();
  const folder = mkdtempSync(join(tmpdir(), 'deploy-image-'));
  const name = `job-queue-system-check-${process.pid}`;
  const podman = (...args) => mustRun('podman', args, { env });
  try {
    mkdirSync(join(folder, 'in'));
    for (let i = 0; i < FILES; i += 1) writeFileSync(join(folder, 'in', `file-${i}.txt`), `file ${i}\n`);
    writeFileSync(join(folder, 'redis-url'), redis.url, { mode: 0o644 });
    chmodSync(folder, 0o755);
    const volumes = [`--volume=${folder}/in:/data/in:ro`, `--volume=${folder}/redis-url:/run/secrets/redis-url:ro`];
    const args = ['run', '--detach', `--name=${name}`, '--network=host', ...RESTRICTED, ...volumes];
    podman(...args, '--env=REDIS_URL_FILE=/run/secrets/redis-url', image, '--role=all', '--scan-dir=/data/in');

    const stats = () => JSON.parse(podman('exec', name, 'admin', 'stats', '--json'));
    await until(() => stats().completed.total === FILES, name, env);
    podman('stop', '--time=30', name);
    const [{ State }] = JSON.parse(podman('inspect', name));
    if (State.ExitCode !== 0) throw new Error(`--role=all ended with ${State.ExitCode} after SIGTERM`);
    log(`--role=all, read-only, no root, no capability: ${FILES} files done, SIGTERM ended it with 0`);
  } finally {
    run('podman', ['rm', '--force', '--time=1', name], { env });
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Asks every half second, for a minute. @throws {Error} with what the container wrote. */
export async function until(condition, container, env) {
  const endMs = Date.now() + 60_000;
  for (let last = 'never true'; ; await setTimeout(500)) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error.message;
    }
    if (Date.now() < endMs) continue;
    const { stdout, stderr } = run('podman', ['logs', '--tail=30', container], { env });
    throw new Error(`${container}: what was waited for did not come (${last})\n${stdout}${stderr}`);
  }
}
