import { loadConfig } from '@app/config';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { freePorts, plannedPorts } from './ports.js';

const settings = (overrides = {}) => loadConfig({ file: undefined, env: {}, overrides }).config;

it('plans the usual ports, or three in a row', () => {
  expect(plannedPorts(settings())).toEqual({ producer: 9090, worker: 9091, admin: 9092, ingest: 8080 });
  expect(plannedPorts(settings({ 'observability.metrics_port': 7000, 'producer.http.port': 7100 }))).toEqual({
    producer: 7000,
    worker: 7001,
    admin: 7002,
    ingest: 7100,
  });
});

it('takes another port where somebody else listens, and only there', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: taken } = other.address() as AddressInfo;
  const planned = await freePorts({ producer: 0, worker: 0, admin: 0, ingest: 0 }, settings());

  const ports = await freePorts({ ...planned, worker: taken, ingest: taken }, settings());
  const closed = await freePorts({ ...planned, ingest: taken }, settings({ 'producer.http.enabled': false }));

  expect(ports).toEqual({ ...planned, worker: expect.any(Number), ingest: expect.any(Number) });
  for (const port of [ports.worker, ports.ingest]) expect([taken, 0]).not.toContain(port);
  expect(closed.ingest).toBe(taken); // nobody listens there, so nothing is looked for
  other.close();
});
