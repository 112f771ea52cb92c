import { Injectable } from '@nestjs/common';
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';

/** Turns a host into addresses, as the operating system does. A provider of its own, so that a test brings its own names. */
@Injectable()
export class HostResolver {
  /** @returns at least one address; an address given as the host comes back as it is. */
  resolve(host: string): Promise<LookupAddress[]> {
    return lookup(host, { all: true });
  }
}
