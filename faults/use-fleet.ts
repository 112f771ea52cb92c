import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import { placeSizes, type JobHistory, waitForValue, waitUntil, type TestRedis, type WaitOptions } from '@app/testing';
import { checkLedger, type CheckReport } from './checker.js';
import { readFinalStates, type FinalState } from './final-states.js';
import { Fleet, type Member } from './fleet.js';
import type { LedgerLine } from './ledger.js';
import type { JobGroup, ProducerWorkload, WorkerWorkload } from './workload/workload-options.js';

/** What a fleet works on: a server, or several that are one Redis. */
export type FleetRedis = Pick<TestRedis, 'redis' | 'addr' | 'password' | 'prefix'>;

/** Queue options of every process of a fleet; address and prefix come from the test. */
export type QueueSettings = WorkerWorkload['queue'];

/** Real worker and producer processes for the tests of one spec: a fresh fleet each test, nothing left running after it. */
export class TestFleet {
  private current?: Fleet;

  constructor(
    private readonly testRedis: FleetRedis,
    private readonly queue: QueueSettings,
  ) {}

  open(): void {
    this.current = new Fleet();
  }

  /** Ends all processes; after a failed test, shows what they wrote and keeps the ledger. */
  async close(hasFailed: boolean): Promise<void> {
    if (hasFailed) this.showWhatHappened();
    await this.fleet.close();
  }

  /**
   * @param env - more variables for this process alone.
   * @param build - folder of another build of the workload.
   */
  startWorker(worker: WorkerWorkload['worker'] = {}, env: NodeJS.ProcessEnv = {}, build?: string): Promise<Member> {
    return this.fleet.startWorker({ queue: this.queueOptions(), worker }, env, build);
  }

  /** So many at once. */
  startWorkers(count: number, worker: WorkerWorkload['worker'] = {}): Promise<Member[]> {
    return Promise.all(Array.from({ length: count }, () => this.startWorker(worker)));
  }

  /** The same, booted as the worker app is: with its guards. */
  async startGuarded(worker: WorkerWorkload['worker'] = {}): Promise<Member> {
    return this.fleet.startWorker({ queue: this.queueOptions(), worker, metricsPort: await freePort() });
  }

  startProducer(
    jobs: readonly JobGroup[],
    rate: Pick<ProducerWorkload, 'perSecond'> = {},
    build?: string,
  ): Promise<Member> {
    return this.fleet.startProducer({ queue: this.queueOptions(), jobs, ...rate }, build);
  }

  /**
   * Keeps so many workers running, as a supervisor does: whoever ends is started again.
   *
   * @returns ends that; the workers go on. @throws a worker that cannot start, then.
   */
  async keepWorkers(count: number, worker: WorkerWorkload['worker'] = {}): Promise<() => void> {
    let isOver = false;
    let failure: unknown;
    const keep = async (member: Member): Promise<void> => {
      await member.ended;
      if (!isOver) await this.startWorker(worker).then(keep);
    };
    const members = await Promise.all(Array.from({ length: count }, () => this.startWorker(worker)));
    for (const member of members) void keep(member).catch((error: unknown) => (failure ??= error));
    return () => {
      isOver = true;
      if (failure) throw failure;
    };
  }

  /** Starts a producer and waits until it has enqueued everything. */
  async enqueue(...jobs: JobGroup[]): Promise<void> {
    const { code } = await (await this.startProducer(jobs)).ended;
    if (code !== 0) throw new Error(`the producer ended with ${code}`);
  }

  lines(): LedgerLine[] {
    return this.fleet.readLedger();
  }

  /** The lines of one sort, in the order of their clock. */
  linesOf<What extends LedgerLine['what']>(what: What, pid?: number): Extract<LedgerLine, { what: What }>[] {
    const lines = this.lines().filter((line) => line.what === what && (pid === undefined || line.pid === pid));
    return lines as Extract<LedgerLine, { what: What }>[];
  }

  /** Waits until the ledger has this many lines of one sort, and returns them. */
  waitForLines<What extends LedgerLine['what']>(what: What, count: number, pid?: number, options: WaitOptions = {}) {
    const probe = () => {
      const lines = this.linesOf(what, pid);
      return lines.length >= count ? lines : undefined;
    };
    return waitUntil(probe, { what: `${count} "${what}" lines`, everyMs: 20, ...options });
  }

  /** Waits for the first line of one sort after this moment (clock of the ledger). Returns how long after, ms. */
  async waitForLineAfter(what: LedgerLine['what'], afterMs: number, options: WaitOptions = {}): Promise<number> {
    const probe = () => this.linesOf(what).find(({ atMs }) => atMs > afterMs);
    const { atMs } = await waitUntil(probe, { what: `a "${what}" line`, everyMs: 20, ...options });
    return Math.round(atMs - afterMs);
  }

  /** Waits until so many workers are idle: each waits for a token in every partition. */
  async waitUntilWaiting(workers = 1): Promise<void> {
    const blocked = async () => /blocked_clients:(\d+)/.exec(await this.testRedis.redis.info('clients'))?.[1];
    await waitForValue(blocked, String(workers * (this.queue.partitions ?? 1)), { what: 'idle workers' });
  }

  /** Waits until nothing is ready, scheduled or being processed. */
  async waitUntilIdle(timeoutMs: number): Promise<void> {
    let waiting = '';
    const partitions = Array.from({ length: this.queue.partitions ?? 1 }, (_, partition) => partition);
    const isIdle = async () => {
      const { redis } = this.testRedis;
      const sizes = await Promise.all(partitions.map((each) => placeSizes(redis, this.testRedis.prefix(), each)));
      const busy = sizes.flat().filter(([name, size]) => size > 0 && name !== 'completed' && name !== 'dead');
      waiting = busy.map(([name, size]) => `${name} ${size}`).join(', ');
      return busy.length === 0;
    };
    await waitUntil(isIdle, { timeoutMs, everyMs: 100 }).catch(() => {
      throw new Error(`still not idle after ${timeoutMs} ms: ${waiting}`);
    });
  }

  /** The last of what each process wrote. */
  outputs(): string {
    return this.fleet.members.map(({ output }) => output).join('\n');
  }

  /** Joins ledger and Redis, and judges. */
  async check(recoveryBoundMs?: number): Promise<CheckReport> {
    const { redis } = this.testRedis;
    return checkLedger(
      this.lines(),
      await readFinalStates(redis, this.testRedis.prefix(), this.queue.partitions ?? 1),
      recoveryBoundMs,
    );
  }

  /** What is stored of each dead job. */
  async deadJobs(): Promise<FinalState[]> {
    const { jobs } = await readFinalStates(this.testRedis.redis, this.testRedis.prefix(), this.queue.partitions ?? 1);
    return [...jobs.values()].filter(({ places }) => places.includes('dead'));
  }

  /** What is stored of the past of each job that has one: the dead first, then those with fewer crashes. */
  async histories(): Promise<JobHistory[]> {
    const { jobs } = await readFinalStates(this.testRedis.redis, this.testRedis.prefix(), this.queue.partitions ?? 1);
    const pasts = [...jobs.values()].flatMap(({ history }) => (history ? [history] : []));
    return pasts.toSorted((a, b) => Number(Boolean(b.reason)) - Number(Boolean(a.reason)) || a.crashes - b.crashes);
  }

  private showWhatHappened(): void {
    for (const { pid, output } of this.fleet.members) console.error(`process ${pid}:\n${output}`);
    console.error(`the ledger was kept: ${this.fleet.keepLedger()}`);
  }

  private get fleet(): Fleet {
    if (!this.current) throw new Error('the fleet is there inside tests only');
    return this.current;
  }

  private queueOptions(): QueueSettings {
    const { addr, password } = this.testRedis;
    const redis = { addr, password, ...this.queue.redis };
    return { completed: { keepCount: 1_000_000 }, ...this.queue, redis, prefix: this.testRedis.prefix() };
  }
}

/** A fleet for each test of a spec. Call it after `useRedis`, so that it ends before the last look at the data. */
export function useFleet(testRedis: FleetRedis, queue: QueueSettings = {}): TestFleet {
  const fleet = new TestFleet(testRedis, queue);
  beforeEach(() => fleet.open());
  afterEach(({ task }) => fleet.close(task.result?.state === 'fail'));
  return fleet;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
