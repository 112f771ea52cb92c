import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PartitionMismatchError } from '@app/queue';
import { useRedis } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { ObservedApp } from './observed-app.js';

describe('bootApp', () => {
  const redis = useRedis();

  it('says in one line that the app is up, and where', async () => {
    const app = await ObservedApp.start(redis);
    await app.close();

    const [line] = app.logs;
    expect(line).toMatchObject({ level: 'info', app: 'producer', version: '1.2.3' });
    expect(line?.['msg']).toMatch(/^producer 1\.2\.3 is up: health and metrics on http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('names the setting when the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port: metricsPort } = other.address() as AddressInfo;

    const starting = ObservedApp.start(redis, { metricsPort });

    await expect(starting).rejects.toThrow(
      `port ${metricsPort} on 127.0.0.1 is in use: set observability.metrics_port (or OBSERVABILITY_METRICS_PORT) to a free port`,
    );
    other.close();
  });

  it('refuses another partition count than the one Redis holds', async () => {
    const first = await ObservedApp.start(redis, { queue: { partitions: 3 } });
    await first.close();

    const second = ObservedApp.start(redis, { queue: { partitions: 2 } }).then((app) => app.close());
    await expect(second).rejects.toThrow(PartitionMismatchError);
  });
});
