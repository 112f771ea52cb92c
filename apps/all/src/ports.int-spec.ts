import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { freePorts, plannedPorts } from './ports.js';

it('plans the usual ports, or three in a row', () => {
  expect(plannedPorts(0)).toEqual({ producer: 9090, worker: 9091, admin: 9092 });
  expect(plannedPorts(7000)).toEqual({ producer: 7000, worker: 7001, admin: 7002 });
});

it('takes another port where somebody else listens, and only there', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: taken } = other.address() as AddressInfo;
  const planned = await freePorts({ producer: 0, worker: 0, admin: 0 }, '127.0.0.1');

  const ports = await freePorts({ ...planned, worker: taken }, '127.0.0.1');

  expect(ports).toEqual({ ...planned, worker: expect.any(Number) });
  expect([taken, 0]).not.toContain(ports.worker);
  other.close();
});
