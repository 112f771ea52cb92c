// The manifests of the overlay "small" really run: podman plays its Secret, ConfigMap, Redis, producer and worker. What
// podman has not (Service, PersistentVolumeClaim) is put in by hand: the address of Redis, and an empty folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { containerEnv, provideImage } from './check-deploy-containers.mjs';
import { ensureImage, until } from './check-deploy-image.mjs';
import { mustRun, onPath, run, ToolMissingError } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';

const NETWORK = 'jqs-check-kube';
const WORKER = 'worker-pod-0-worker';
const PRODUCER = 'producer-pod-0-producer';
const POST = `
  import { readFileSync } from 'node:fs';
  const answer = await fetch('http://127.0.0.1:8080/v1/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer ' + readFileSync('/run/secrets/ingest/token', 'utf8').trim() },
    body: JSON.stringify({ kind: 'file.digest', payload: { path: '/etc/hostname' } }),
  });
  process.stdout.write(String(answer.status));`;

export async function checkKube({ standIn, log }) {
  for (const tool of ['catatonit', 'iptables']) {
    if (!onPath(tool)) throw new ToolMissingError(`${tool} is not installed (apt-get install catatonit iptables)`);
  }
  const env = containerEnv();
  const podman = (...args) => mustRun('podman', args, { env });
  const image = ensureImage({ env, standIn, log });
  provideImage('redis', { env, standIn, log });
  const folder = mkdtempSync(join(tmpdir(), 'deploy-kube-'));
  const documents = manifests(image);
  const play = (name, parts) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, parts.map((part) => stringify(part)).join('---\n'));
    // Not from the project: podman would take a file of the image's name for something to build.
    mustRun('podman', ['play', 'kube', `--network=${NETWORK}`, file], { env, cwd: folder });
    return file;
  };
  const played = [];
  try {
    podman('network', 'create', NETWORK);
    played.push(play('redis', [secret('job-queue-system-redis', 'password'), podOf(documents.redis)]));
    const address = podman(
      'inspect',
      '--format',
      `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`,
      podman('pod', 'inspect', '--format={{.InfraContainerID}}', 'redis'),
    );
    const config = withRedisAt(documents.config, `${address}:6379`);
    const ingest = secret('job-queue-system-ingest', 'token');
    played.push(play('apps', [config, ingest, documents.producer, documents.worker]));
    await until(() => run('podman', ['exec', WORKER, 'ready', '9091'], { env }).code === 0, WORKER, env);
    await until(() => run('podman', ['exec', PRODUCER, 'ready', '9090'], { env }).code === 0, PRODUCER, env);
    log('producer and worker run from the manifests, with ConfigMap and Secrets, and are ready');

    const status = podman('exec', PRODUCER, 'node', '--input-type=module', '-e', POST);
    if (status !== '201') throw new Error(`POST /v1/jobs answered ${status}, expected 201`);
    const died = () => /jobs_dead_letter_total\{[^}]*unrecoverable[^}]*\} 1/.test(metrics(podman));
    await until(died, WORKER, env);
    log('a job went over HTTP to the producer, and from there to the worker (which refused its path, as it has to)');
    if (
      !/"?read-only file system/i.test(run('podman', ['exec', WORKER, 'sh', '-c', 'echo x > /app/x'], { env }).stderr)
    ) {
      throw new Error('the root file system of the worker can be written');
    }
    podman('pod', 'stop', '--time=45', 'worker-pod-0');
    const [{ State }] = JSON.parse(podman('inspect', WORKER));
    const said = podman('logs', WORKER);
    if (State.ExitCode !== 0)
      throw new Error(`the worker ended with ${State.ExitCode} after SIGTERM:\n${said.slice(-2_000)}`);
    log('SIGTERM drained the worker: it ended with 0');
  } finally {
    for (const file of played.toReversed()) run('podman', ['play', 'kube', '--down', file], { env });
    for (const pod of ['worker-pod-0', 'producer-pod-0', 'redis'])
      run('podman', ['pod', 'rm', '--force', '--time=5', pod], { env });
    for (const name of ['job-queue-system-redis', 'job-queue-system-ingest'])
      run('podman', ['secret', 'rm', name], { env });
    run('podman', ['network', 'rm', '--force', NETWORK], { env });
    rmSync(folder, { recursive: true, force: true });
  }
}

function manifests(image) {
  const text = readFileSync(join(projectRoot, 'deploy/kubernetes/rendered/small.yaml'), 'utf8');
  // podman 4.3 falls over a secret that does not say whether it may be missing.
  const spelledOut = text
    .replaceAll(/ghcr\.io\/\S+/g, image)
    .replaceAll(/^( +)secretName:/gm, '$1optional: false\n$1secretName:');
  const all = parseAllDocuments(spelledOut).map((document) => document.toJS());
  const find = (kind, name) => all.find((part) => part.kind === kind && part.metadata.name.startsWith(name));
  return {
    config: find('ConfigMap', 'job-queue-system-config'),
    producer: find('Deployment', 'producer'),
    worker: find('Deployment', 'worker'),
    redis: find('StatefulSet', 'redis'),
  };
}

function secret(name, key) {
  const value = Buffer.from(crypto.randomUUID().replaceAll('-', '')).toString('base64');
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { [key]: value } };
}

function podOf({ metadata, spec }) {
  const pod = { ...spec.template.spec };
  pod.volumes = [...pod.volumes, { name: 'data', emptyDir: {} }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: metadata.name, labels: spec.template.metadata.labels },
    spec: pod,
  };
}

function withRedisAt(config, address) {
  return { ...config, data: { 'config.yaml': config.data['config.yaml'].replace('redis:6379', address) } };
}

function metrics(podman) {
  const ask = "process.stdout.write(await (await fetch('http://127.0.0.1:9091/metrics')).text())";
  return podman('exec', WORKER, 'node', '--input-type=module', '-e', ask);
}
