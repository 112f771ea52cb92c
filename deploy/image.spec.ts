import { describe, expect, it } from 'vitest';
import { text, yaml } from './project-file.js';

const dockerfile = text('deploy/Dockerfile');
const [, ...stages] = dockerfile.split(/^FROM /m);
const last = stages.at(-1)!;

interface Service {
  readonly image: string;
  readonly profiles?: string[];
  readonly read_only?: boolean;
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
  readonly ports?: string[];
  readonly environment?: Record<string, string>;
}

describe('deploy/Dockerfile', () => {
  it('runs nothing in the last stage: it is built for another architecture without an emulator', () => {
    expect(last).not.toMatch(/^RUN/m);
    expect(stages[0]).toMatch(/^--platform=\$BUILDPLATFORM /);
  });

  it('starts as a user that is a number and not root, without a shell', () => {
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(last).toMatch(/^ENTRYPOINT \["job-queue-system"\]$/m);
  });

  it('has one base, named once', () => {
    const bases = stages.map((stage) => stage.replace(/^--platform=\S+ /, '').split(/\s/)[0]);

    expect(new Set(bases)).toEqual(new Set(['docker.io/library/node:${NODE_VERSION}-bookworm-slim${NODE_DIGEST}']));
  });

  it('ships packages that are the same on every architecture, and whose installation runs nothing', () => {
    const { packages } = JSON.parse(text('package-lock.json')) as { packages: Record<string, Record<string, unknown>> };
    const shipped = Object.entries(packages).filter(
      ([path, entry]) => path !== '' && !entry['dev'] && !entry['devOptional'],
    );
    const native = shipped.filter(([, entry]) => entry['os'] ?? entry['cpu'] ?? entry['hasInstallScript']);

    expect(shipped.length).toBeGreaterThan(50);
    expect(native.map(([path]) => path)).toEqual([]);
  });
});

describe('deploy/docker-compose.yml', () => {
  const { services } = yaml<{ services: Record<string, Service> }>('deploy/docker-compose.yml');
  const apps = ['app-all', 'app-worker', 'app-producer'];

  it('has the services of the runbook, and monitoring on request', () => {
    const always = Object.keys(services).filter((name) => services[name]?.profiles === undefined);

    expect(always.toSorted()).toEqual([...apps, 'redis'].toSorted());
    expect(services['prometheus']?.profiles).toEqual(['monitoring']);
    expect(services['grafana']?.profiles).toEqual(['monitoring']);
  });

  it.each([...apps, 'redis'])('%s cannot write its root, has no capability, and is asked for its health', (name) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(services[name]?.healthcheck).toBeDefined();
  });

  it.each(apps)('%s has longer to end than its jobs, and its password from a file', (name) => {
    expect(services[name]?.stop_grace_period).toBe('40s');
    expect(services[name]?.environment).toHaveProperty('REDIS_PASSWORD_FILE', '/run/secrets/redis-password');
    expect(services[name]?.environment).not.toHaveProperty('REDIS_PASSWORD');
  });

  it('opens ports on loopback only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);

    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});
