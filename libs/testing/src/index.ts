export { AppProcess, type AppProcessOptions, type ProcessExit } from './app-process.js';
export { asNobody } from './as-nobody.js';
export { historyText, recordText, type RecordFacts } from './job-builder.js';
export { changedBuild, type BuildChange } from './changed-build.js';
export { Certificates, type Identity, type ServerTls } from './certificates.js';
export { placeFaults } from './job-assertions.js';
export { containersOf, placeSizes, placesOf, type PartitionPlaces } from './job-places.js';
export { lintMetrics } from './metrics-lint.js';
export { PlantedJobs, type PlantedFacts } from './planted-jobs.js';
export { TestRedis, type TestRedisOptions } from './redis-harness.js';
export { loggedInAs, NOT_ALLOWED, takeRefusals, type AppRole } from './redis-users.js';
export { claimJobs, ended, registerWorker, type RegisteredWorkerOptions } from './registered-worker.js';
export { openScripts, type ScriptAccess } from './script-access.js';
export { TcpProxy, type Direction, type RequestMatch } from './tcp-proxy.js';
export { SentinelSet, type SentinelSetOptions } from './sentinel-set.js';
export { TestCluster, type RedisClusterOptions } from './redis-cluster.js';
export { dumpKeys, loadKeys, type StoredKeys } from './stored-keys.js';
export { storedJobs, type StoredJob } from './stored-jobs.js';
export { usePlantedQueue, type PlantedQueue } from './use-planted-queue.js';
export { useRedis, type UseRedisOptions } from './use-redis.js';
export { waitForValue, waitUntil, type WaitOptions } from './wait-until.js';

// What specs may see of the inside of libs/queue: they read and plant data, and go through this door only.
export { decodeHistory, NO_HISTORY, type JobHistory } from '../../queue/src/job/job-history.js';
export { partitionOf, QueueKeys } from '../../queue/src/redis/queue-keys.js';
export { SCRIPTS, type ScriptName } from '../../queue/src/redis/script-catalog.js';
