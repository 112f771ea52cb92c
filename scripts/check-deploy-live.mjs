// A real Prometheus scrapes the real apps; every query of a dashboard, a rule or a scaler has to find something there.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parse } from 'yaml';
import { ask, ROLES, sendJob, startSuite, until } from './check-deploy-suite.mjs';
import { debianTool, mustRun } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';

// Conditions: that they find nothing is what is hoped for. Their parts are looked at by the tests of promtool.
const QUIET = /[<>]=?|==|absent\(/;
const RULES = readFileSync(join(projectRoot, 'deploy/prometheus/rules/job-queue-system.rules.yml'), 'utf8');

export async function checkLive({ log }) {
  const promtool = await debianTool('promtool');
  const suite = await startSuite(RULES);
  const { ports, folder } = suite;
  try {
    await sendJobs(suite);
    await until('jobs were completed and died', folder, async () => {
      const [done] = await ask(ports, 'sum(jobs_completed_total)');
      const [dead] = await ask(ports, 'sum(increase(jobs_dead_letter_total[1m]))');
      const [rate] = await ask(ports, 'sum(rate(job_processing_duration_seconds_count[20s]))');
      return done > 0 && dead > 0 && rate > 0;
    });
    for (const role of ROLES) await lintMetrics(ports[role], promtool);
    log('promtool check metrics: producer, worker and admin');
    await askEverything(ports, log);
  } finally {
    await suite.stop();
  }
}

/** Jobs that never can end well; the folder of the producer has one that does. */
async function sendJobs(suite) {
  for (let i = 0; i < 20; i += 1) {
    const status = await sendJob(suite, 'file.digest', { path: '/etc/hostname' });
    if (status !== 201) throw new Error(`POST /v1/jobs answered ${status}, expected 201`);
    await setTimeout(100);
  }
}

async function lintMetrics(port, { bin, env }) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  mustRun(bin, ['check', 'metrics'], { env, input: text });
}

async function askEverything(ports, log) {
  const empty = [];
  const queries = [...dashboardQueries(), ...ruleQueries(), ...scalerQueries()];
  for (const { where, expr } of queries) {
    const values = await ask(ports, withVariables(expr));
    const mayBeEmpty = where.startsWith('rule') && QUIET.test(expr);
    if (!mayBeEmpty && !values.some(Number.isFinite)) empty.push(`${where}: ${expr}`);
  }
  if (empty.length > 0)
    throw new Error(`${empty.length} of ${queries.length} queries found nothing:\n${empty.join('\n')}`);
  log(`${queries.length} queries of dashboards, rules and scalers were run, every panel has data`);
}

function dashboardQueries() {
  const folder = join(projectRoot, 'deploy/grafana/dashboards');
  return readdirSync(folder).flatMap((file) =>
    JSON.parse(readFileSync(join(folder, file), 'utf8')).panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr }) => ({ where: `${file}, panel "${title}"`, expr })),
    ),
  );
}

function ruleQueries() {
  return parse(RULES).groups.flatMap(({ rules }) =>
    rules.map(({ alert, record, expr }) => ({ where: `rule ${alert ?? record}`, expr })),
  );
}

function scalerQueries() {
  const scaler = parse(
    readFileSync(join(projectRoot, 'deploy/kubernetes/overlays/keda/worker-scaled-object.yaml'), 'utf8'),
  );
  return scaler.spec.triggers.map(({ metadata }) => ({ where: 'KEDA', expr: metadata.query }));
}

function withVariables(expr) {
  return expr.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '1m');
}
