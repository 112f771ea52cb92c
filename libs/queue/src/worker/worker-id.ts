import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A fresh id for one incarnation of a worker: never used again, readable by people. */
export function newWorkerId(): string {
  const host =
    hostname()
      .replaceAll(/[^A-Za-z0-9.-]/g, '-')
      .slice(0, 60) || 'host';
  return `${host}-${process.pid}-${randomBytes(6).toString('hex')}`;
}
