// The three built apps on a Redis of their own, scraped by a real Prometheus, all on loopback.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { debianTool } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';
import { startRedis } from './redis-server.mjs';

export const ROLES = ['producer', 'worker', 'admin'];
const WAIT_MS = 90_000;

/**
 * Starts everything and waits until every app is scraped.
 *
 * @param rules - the text of the rule file that Prometheus is given.
 */
export async function startSuite(rules) {
  const prometheus = await debianTool('prometheus');
  const folder = mkdtempSync(join(tmpdir(), 'deploy-live-'));
  const redis = await startRedis({ extraArgs: ['--maxmemory', '256mb'] });
  const names = [...ROLES, 'prometheus', 'ingest'];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()])));
  const running = new Map();
  const startRole = (role) => {
    const env = appEnv(ports, role, redis, folder);
    running.set(role, startProgram(process.execPath, argsOf(role, folder), env, join(folder, `${role}.log`)));
  };
  const stopRole = async (role) => {
    running.get(role)?.kill('SIGTERM');
    await running.get(role)?.ended;
  };
  const stop = async () => {
    await redis.kill('SIGCONT');
    for (const child of running.values()) child.kill('SIGTERM');
    await Promise.all([...running.values()].map((child) => child.ended));
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const suite = { ports, redis, folder, startRole, stopRole, stop };
  try {
    writeFileSync(join(folder, 'test.rules.yml'), rules);
    for (const role of ROLES) startRole(role);
    const args = prometheusArgs(folder, ports);
    running.set('prometheus', startProgram(prometheus.bin, args, prometheus.env, join(folder, 'prometheus.log')));
    await until('every target is up', folder, async () => (await ask(ports, 'sum(up)'))[0] === ROLES.length);
    return suite;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns status of the answer. */
export async function sendJob({ ports }, kind, payload) {
  const answer = await fetch(`http://127.0.0.1:${ports.ingest}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ kind, payload }),
  });
  await answer.text();
  return answer.status;
}

/** The values that Prometheus has now. @throws {Error} it does not understand the question. */
export async function ask(ports, query) {
  const url = `http://127.0.0.1:${ports.prometheus}/api/v1/query?${new URLSearchParams({ query })}`;
  const answer = await (await fetch(url)).json();
  if (answer.status !== 'success') throw new Error(`${query}: ${answer.error}`);
  return answer.data.result.map(({ value }) => Number(value[1]));
}

/** Asks twice a second, for a minute and a half. @throws {Error} with the ends of the logs. */
export async function until(what, folder, condition) {
  const endMs = Date.now() + WAIT_MS;
  for (let last = ''; Date.now() < endMs; await setTimeout(500)) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error.cause?.message ?? error.message;
    }
    if (Date.now() + 1_000 > endMs) process.stderr.write(`${last}\n`);
  }
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const tails = logs.map((name) => `${name}:\n${readFileSync(join(folder, name), 'utf8').slice(-1_500)}`);
  throw new Error(`within ${WAIT_MS / 1_000} s it did not happen that ${what}\n${tails.join('\n')}`);
}

function startProgram(command, args, env, logFile) {
  const child = spawn(command, args, { cwd: projectRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data) => writeFileSync(logFile, data, { flag: 'a' }));
  child.ended = new Promise((resolve) => child.once('exit', resolve));
  return child;
}

function argsOf(role, folder) {
  writeFileSync(join(folder, 'config.yaml'), '{}\n');
  const config = `--config=${join(folder, 'config.yaml')}`;
  return [`dist/apps/${role}/index.js`, ...(role === 'admin' ? ['serve'] : []), config];
}

function appEnv(ports, role, redis, folder) {
  mkdirSync(join(folder, 'in'), { recursive: true });
  writeFileSync(join(folder, 'in/file.txt'), 'a file\n');
  return {
    ...process.env,
    REDIS_URL: redis.url,
    OBSERVABILITY_METRICS_PORT: String(ports[role]),
    OBSERVABILITY_QUEUE_SAMPLE_INTERVAL: '500ms',
    PRODUCER_HTTP_ENABLED: 'true',
    PRODUCER_HTTP_PORT: String(ports.ingest),
    WORKER_FILE_DIGEST_ROOTS: join(folder, 'in'),
    PRODUCER_SCAN_DIR: join(folder, 'in'),
  };
}

function prometheusArgs(folder, ports) {
  const targets = ROLES.map(
    (role) => `{ targets: ['127.0.0.1:${ports[role]}'], labels: { app: ${role}, namespace: job-queue-system } }`,
  );
  const lines = [
    'global: { scrape_interval: 1s, evaluation_interval: 1s }',
    `rule_files: ['${folder}/*.rules.yml']`,
    `scrape_configs: [{ job_name: job-queue-system, static_configs: [${targets.join(', ')}] }]`,
  ];
  writeFileSync(join(folder, 'prometheus.yml'), `${lines.join('\n')}\n`);
  const listen = `--web.listen-address=127.0.0.1:${ports.prometheus}`;
  return [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/tsdb`, listen];
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
