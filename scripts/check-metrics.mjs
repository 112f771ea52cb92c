// npm run check:metrics: `promtool check metrics` on a live scrape of each app, started here from the build against a Redis of its
// own. promtool comes with Prometheus (Debian: apt-get install prometheus). The tests check the same rules without it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis } from './redis-server.mjs';

const APPS = { producer: [], worker: [], admin: ['serve'] };
const FIRST_PORT = 19_090;
const DEADLINE_MS = 20_000;

if (spawnSync('promtool', ['--version']).error) {
  console.error('check:metrics: promtool is not installed: apt-get install prometheus');
  process.exit(2);
}
const dir = mkdtempSync(join(tmpdir(), 'check-metrics-'));
const redis = await startRedis({ dir });
const children = [];
try {
  let failed = 0;
  for (const [index, [app, args]] of Object.entries(APPS).entries()) {
    const scrape = await scrapeOf(app, args, FIRST_PORT + index);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: scrape, encoding: 'utf8' });
    const lines = scrape.split('\n').filter((line) => line && !line.startsWith('#')).length;
    console.log(`${app}: ${lines} series, promtool exit ${status}\n${stdout}${stderr}`.trimEnd());
    failed += status === 0 ? 0 : 1;
  }
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  for (const child of children) child.kill();
  await redis.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}

async function scrapeOf(app, args, port) {
  const env = {
    PATH: process.env.PATH,
    REDIS_ADDR: `127.0.0.1:${redis.port}`,
    REDIS_PASSWORD: redis.password,
    OBSERVABILITY_METRICS_PORT: String(port),
    PRODUCER_HTTP_PORT: String(port + 10),
  };
  children.push(spawn(process.execPath, [`dist/apps/${app}/index.js`, ...args], { env, stdio: 'ignore' }));
  const end = performance.now() + DEADLINE_MS;
  while (performance.now() < end) {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`)
      .then(({ ok }) => ok)
      .catch(() => false);
    const text = isReady ? await (await fetch(`http://127.0.0.1:${port}/metrics`)).text() : '';
    if (text.includes('\nqueue_length{')) return text;
    await sleep(100);
  }
  throw new Error(`${app} was not ready within ${DEADLINE_MS / 1_000} s: is the build there? npm run build`);
}
