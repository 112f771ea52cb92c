// The alerts are played: on rules whose minutes are seconds, a fault is caused, its alert fires, what its page says is
// done, and the alert ends.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import * as buffers from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { ask, sendJob, startSuite, until } from './check-deploy-suite.mjs';
import { mustRun } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';

const RULES = 'deploy/prometheus/rules/job-queue-system.rules.yml';
// What is compared with an age in seconds.
const AGES = { 120: 2, 900: 15, 86400: 3 };

/** Minutes become seconds, hours minutes; ages shrink alike. */
export function shortened(text) {
  const rules = parse(text);
  const short = (value) => value.replaceAll(/\b(\d+)m\b/g, '$1s').replaceAll(/\b(\d+)h\b/g, '$1m');
  for (const rule of rules.groups.flatMap((group) => group.rules)) {
    rule.expr = short(rule.expr).replaceAll(/> (120|900|86400)\b/g, (_, age) => `> ${AGES[age]}`);
    if (rule.for) rule.for = short(rule.for);
  }
  return stringify(rules);
}

export async function checkAlerts({ log }) {
  const suite = await startSuite(shortened(readFileSync(join(projectRoot, RULES), 'utf8')));
  const { ports, redis, folder } = suite;
  const admin = (...args) => {
    const env = { ...process.env, REDIS_URL: redis.url };
    return mustRun(process.execPath, ['dist/apps/admin/index.js', ...args, `--config=${join(folder, 'config.yaml')}`], {
      env,
    });
  };
  const isFiring = async (alert) => (await ask(ports, `ALERTS{alertname="${alert}", alertstate="firing"}`)).length > 0;
  const play = async (alerts, cause, cure) => {
    const before = await Promise.all(alerts.map(isFiring));
    if (before.includes(true)) throw new Error(`${alerts.join(', ')}: fires before anything was done`);
    await cause();
    for (const alert of alerts) await until(`${alert} fires`, folder, () => isFiring(alert));
    await cure();
    for (const alert of alerts) await until(`${alert} ends`, folder, async () => !(await isFiring(alert)));
    log(`${alerts.join(', ')}: fired, and ended after what the page says`);
  };
  const bad = (count) =>
    Promise.all(Array.from({ length: count }, () => sendJob(suite, 'file.digest', { path: '/etc/hostname' })));
  try {
    await until('the first gauges are there', folder, async () => (await ask(ports, 'workers_registered')).length > 0);
    await play(
      ['NoWorkers'],
      () => suite.stopRole('worker'),
      () => suite.startRole('worker'),
    );
    await play(
      ['QueueStalled'],
      async () => {
        admin('queue', 'pause', 'low', '--reason=played');
        await bad(1);
      },
      () => admin('queue', 'resume', 'low'),
    );
    await play(['DeadLettersGrowing', 'DeadLettersAgeing'], keepFailing(bad, isFiring), () =>
      admin('purge-dlq', '--yes', '--reason=played'),
    );
    await play(
      ['RedisMemoryNearLimit'],
      () => setMaxMemory(redis, '1mb'),
      () => setMaxMemory(redis, '256mb'),
    );
    await play(
      ['RedisUnreachable', 'QueueMetricsAbsent'],
      () => redis.kill('SIGSTOP'),
      () => redis.kill('SIGCONT'),
    );
  } finally {
    await suite.stop();
  }
}

/** A few more each second, since an increase needs two points to be seen between. */
function keepFailing(bad, isFiring) {
  return async () => {
    for (let tries = 0; tries < 60 && !(await isFiring('DeadLettersGrowing')); tries += 1) {
      await bad(6);
      await setTimeout(500);
    }
  };
}

// As an operator would with redis-cli, which is not everywhere.
async function setMaxMemory({ port, password }, value) {
  const socket = connect(port, '127.0.0.1');
  socket.write(`AUTH ${password}\r\nCONFIG SET maxmemory ${value}\r\nQUIT\r\n`);
  const reply = await buffers.text(socket);
  if (!reply.startsWith('+OK\r\n+OK')) throw new Error(`CONFIG SET maxmemory ${value}: ${reply}`);
}
