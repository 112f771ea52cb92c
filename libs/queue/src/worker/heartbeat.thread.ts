// The heartbeat of a worker whose main thread is busy: renews its leases on a connection of its own. A build entry of its own
// (rolldown.config.mjs), started by heartbeat-thread.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { openClient } from '../redis/redis-client.js';
import { LeaseKeeper, type Lease, type LeaseKeeperOptions } from './lease-keeper.js';

const options = workerData as LeaseKeeperOptions;
const keeper = new LeaseKeeper(options, (special) => openClient(options.redis, special));

parentPort?.on('message', (leases: readonly Lease[]) => keeper.keep(leases));
setInterval(() => void keeper.look(), options.leaseMs / 12);
