// deploy/docker-compose.yml is brought up for real, and a job passes from app-producer to app-worker.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerEnv, provideImage } from './check-deploy-containers.mjs';
import { ensureImage, until } from './check-deploy-image.mjs';
import { mustRun, onPath, run, ToolMissingError } from './check-deploy-tools.mjs';

const PROJECT = 'jqs-check';
const FILE = 'deploy/docker-compose.yml';
const APPS = ['app-all', 'app-worker', 'app-producer'];

export async function checkCompose({ standIn, log }) {
  for (const tool of ['podman-compose', 'iptables']) {
    if (!onPath(tool))
      throw new ToolMissingError(
        `${tool} is not installed (apt-get install podman-compose netavark aardvark-dns iptables)`,
      );
  }
  const folder = dataFolder();
  const env = { ...containerEnv(), DATA_DIR: folder };
  const podman = (...args) => mustRun('podman', args, { env });
  const compose = (...args) => mustRun('podman-compose', ['-p', PROJECT, '-f', FILE, ...args], { env });
  provideImage('redis', { env, standIn, log });
  podman('tag', ensureImage({ env, standIn, log }), 'localhost/job-queue-system:local');
  try {
    compose('up', '-d', '--no-build', 'redis', ...APPS);
    const container = (service) => `${PROJECT}_${service}_1`;
    const isHealthy = (service) => run('podman', ['healthcheck', 'run', container(service)], { env }).code === 0;
    for (const service of ['redis', ...APPS]) await until(() => isHealthy(service), container(service), env);
    log('redis, app-all, app-worker and app-producer are up and healthy');

    podman('stop', '--time=30', container('app-all'));
    writeFileSync(join(folder, 'in/report.txt'), 'a file\n', { mode: 0o644 });
    await until(() => completedBy(container('app-worker'), podman) === 1, container('app-worker'), env);
    log('a file was put into the folder: app-producer made a job of it, app-worker completed it');
  } finally {
    run('podman-compose', ['-p', PROJECT, '-f', FILE, 'down', '-v', '-t', '30'], { env });
    rmSync(folder, { recursive: true, force: true });
  }
}

function dataFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'deploy-compose-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'redis-password'), randomBytes(24).toString('hex'), { mode: 0o644 });
  return folder;
}

function completedBy(container, podman) {
  const ask = "fetch('http://127.0.0.1:9091/metrics').then((r) => r.text()).then((t) => process.stdout.write(t))";
  const lines = podman('exec', container, 'node', '-e', ask).split('\n');
  const counts = lines
    .filter((line) => line.startsWith('jobs_completed_total{'))
    .map((line) => Number(line.split(' ')[1]));
  return counts.reduce((sum, count) => sum + count, 0);
}
