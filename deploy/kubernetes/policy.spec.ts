import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AppConfig, loadConfig } from '@app/config';
import { afterAll, describe, expect, it } from 'vitest';
import { filesBelow, text, yaml, yamlDocuments } from '../project-file.js';
import { hashOfSources, type Manifest, podsOf, renderedOverlays } from './manifest.js';

const APPS = ['producer', 'worker', 'admin'];
const { version } = JSON.parse(text('package.json')) as { version: string };
const overlays = renderedOverlays();
const examples = filesBelow('deploy/kubernetes/examples')
  .filter((file) => !file.endsWith('kustomization.yaml'))
  .map((file): [string, Manifest[]] => [file, yamlDocuments<Manifest>(file)]);
const folder = mkdtempSync(join(tmpdir(), 'deploy-policy-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the rendered manifests', () => {
  it('are those of every overlay', () => {
    const kustomizations = filesBelow('deploy/kubernetes').filter((file) =>
      /(overlays|examples)\/.*kustomization/.test(file),
    );

    expect(overlays).toHaveLength(kustomizations.length);
  });

  it.each(overlays)('%s was rendered from the sources as they are (npm run check:deploy -- --write)', (name) => {
    expect(text(`deploy/kubernetes/rendered/${name}`).split('\n')[0]).toContain(`sha256:${hashOfSources()}`);
  });
});

const everyPod = [...overlays, ...examples].flatMap(([file, manifests]) =>
  podsOf(manifests).map((pod) => [`${file}: ${pod.kind} ${pod.of}`, pod] as const),
);

describe.each(everyPod)('%s', (_, { spec }) => {
  it('is restricted: no root, no token, no host, the default seccomp profile', () => {
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(spec.securityContext?.runAsUser).toBeGreaterThan(0);
    expect(spec).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(spec.hostNetwork).toBeUndefined();
    expect(spec.volumes?.filter((volume) => 'hostPath' in volume)).toEqual([]);
  });

  it.each(spec.containers)('$name has no capability, and a root file system that cannot be written', (container) => {
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it.each(spec.containers)('$name asks for processor and memory, and has a limit of memory', ({ resources }) => {
    expect(Object.keys(resources?.requests ?? {}).toSorted()).toEqual(['cpu', 'memory']);
    expect(resources?.limits).toHaveProperty('memory');
  });

  it.each(spec.containers)('$name is an image with a version, ours that of package.json', ({ image }) => {
    expect(image).toMatch(/^[\w.-]+\/.+:(?!latest)[\w.-]+/);
    const isOurs = image.includes('job-queue-system');
    expect(image).toMatch(isOurs ? new RegExp(`:v${version}(@sha256:\\w{64})?$`) : /:\d/);
  });

  it.each(spec.containers)('$name gets no secret through a variable', ({ env = [] }) => {
    const secrets = env.filter(({ name }) => /(PASSWORD|TOKEN|SECRET|_URL)$/.test(name));

    expect(secrets).toEqual([]);
  });
});

const deployments = overlays.flatMap(([file, manifests]) =>
  podsOf(manifests)
    .filter(({ of }) => APPS.includes(of))
    .map(({ of, spec }) => [`${file}: ${of}`, spec, configOf(manifests)] as const),
);

describe.each(deployments)('%s', (_, spec, config) => {
  const { lifecycle, livenessProbe, startupProbe, readinessProbe } = spec.containers[0]!;

  it('has more time to end than its jobs have', () => {
    const pauseMs = (lifecycle?.preStop?.sleep?.seconds ?? 0) * 1_000;
    const graceMs = (spec.terminationGracePeriodSeconds ?? 30) * 1_000;

    expect(graceMs).toBeGreaterThan(config.worker.shutdownTimeoutMs + pauseMs + 5_000);
  });

  it('is asked /healthz for life, never Redis, for longer than a handler may block the loop', () => {
    expect(livenessProbe?.httpGet?.path).toBe('/healthz');
    expect(startupProbe?.httpGet?.path).toBe('/healthz');
    expect(readinessProbe?.httpGet?.path).toBe('/readyz');
    expect(livenessProbe!.periodSeconds * livenessProbe!.failureThreshold * 1_000).toBeGreaterThan(
      config.worker.maxBlockMs,
    );
  });
});

describe.each(overlays)('%s', (_, manifests) => {
  const apps = podsOf(manifests).filter(({ of }) => APPS.includes(of));
  const config = configOf(manifests);

  it('runs producer, worker and admin as a Deployment each', () => {
    const found = apps.map(({ of, kind }) => `${kind} ${of}`);

    expect(found.toSorted()).toEqual(['Deployment admin', 'Deployment producer', 'Deployment worker']);
  });

  it('has a configuration that the apps accept, without secrets', () => {
    expect(config.redis.password).toBe('');
    expect(config.observability.bind).toBe('0.0.0.0');
  });

  it('denies every connection that no policy allows', () => {
    const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata.name === 'default-deny');

    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(new Set(policies.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['job-queue-system']));
  });

  it('holds no Secret: only existing ones are mounted', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  it('names the configuration with a hash, so that a change of it starts new pods', () => {
    const maps = manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    const mounted = apps.flatMap(({ spec }) => spec.volumes ?? []).filter((volume) => 'configMap' in volume);

    expect(maps).toEqual([expect.stringMatching(/^job-queue-system-config-\w{10}$/)]);
    expect(mounted.map((volume) => volume['configMap'])).toEqual(APPS.map(() => ({ name: maps[0] })));
  });
});

describe.each(overlays.filter(([name]) => /production|keda/.test(name)))('%s', (name, manifests) => {
  it('scales workers by what waits, keeps some when a node is emptied, and brings its alerts', () => {
    const kinds = manifests.map(({ kind }) => kind);
    const scalers = kinds.filter((kind) => kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject');

    expect(scalers).toEqual([name === 'keda.yaml' ? 'ScaledObject' : 'HorizontalPodAutoscaler']);
    expect(kinds).toEqual(expect.arrayContaining(['PodDisruptionBudget', 'PodMonitor', 'PrometheusRule']));
  });

  it('leaves the number of workers to the scaler', () => {
    const worker = manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'worker');

    expect(worker?.spec).not.toHaveProperty('replicas');
  });
});

it('deploy/prometheus/adapter.yaml makes what the HorizontalPodAutoscaler asks for', () => {
  const { spec } = overlays
    .flatMap(([, manifests]) => manifests)
    .find(({ kind }) => kind === 'HorizontalPodAutoscaler')!;
  const metrics = spec?.['metrics'] as { external: { metric: { name: string } } }[];
  const { rules } = yaml<{ rules: { external: { name: { as: string } }[] } }>('deploy/prometheus/adapter.yaml');

  expect(metrics.map(({ external }) => external.metric.name)).toEqual(rules.external.map(({ name }) => name.as));
});

/** The configuration as a pod of this overlay reads it, without its secrets. */
function configOf(manifests: readonly Manifest[]): AppConfig {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, manifests.find(({ kind }) => kind === 'ConfigMap')?.data?.['config.yaml'] ?? '');
  return loadConfig({ file, env: {} }).config;
}
