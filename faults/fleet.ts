import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Ledger, readLedger, type LedgerLine } from './ledger.js';
import {
  READY_LINE,
  type BrokenWorkload,
  type ProducerWorkload,
  type WorkerWorkload,
} from './workload/workload-options.js';

const dist = fileURLToPath(new URL('../dist/faults/', import.meta.url));
const OUTPUT_TAIL_CHARS = 8_000;
const READY_TIMEOUT_MS = 20_000;

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One real process of a scenario. */
export class Member {
  /** The last of what it wrote, both streams. */
  output = '';
  readonly ended: Promise<ProcessEnd>;
  private isEnded = false;

  constructor(
    private readonly child: ChildProcess,
    private readonly ledger: Ledger,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-OUTPUT_TAIL_CHARS)));
    }
    this.ended = once(child, 'exit').then(([code, signal]: unknown[]) => this.noteEnd({ code, signal } as ProcessEnd));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isAlive(): boolean {
    return !this.isEnded;
  }

  /** Settles when it has printed its ready line. */
  async ready(): Promise<this> {
    const lines = createInterface({ input: this.child.stdout! });
    const isReady = new Promise<true>((resolve) => lines.on('line', (line) => line === READY_LINE && resolve(true)));
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
    const timedOut = once(signal, 'abort').then(() => false);
    if (await Promise.race([isReady, this.ended.then(() => false), timedOut])) return this;
    throw new Error(`process ${this.pid} was not ready within ${READY_TIMEOUT_MS} ms: ${this.output}`);
  }

  /** SIGKILL; settles when it is gone. */
  kill(): Promise<ProcessEnd> {
    this.child.kill('SIGKILL');
    return this.ended;
  }

  /** SIGTERM; settles when it has drained and is gone. */
  terminate(): Promise<ProcessEnd> {
    this.child.kill('SIGTERM');
    return this.ended;
  }

  /** SIGSTOP: it holds what it holds and says nothing. */
  freeze(): void {
    this.child.kill('SIGSTOP');
    this.ledger.write({ what: 'frozen', subject: this.pid });
  }

  /** SIGCONT. */
  thaw(): void {
    this.ledger.write({ what: 'thawed', subject: this.pid });
    this.child.kill('SIGCONT');
  }

  private noteEnd(end: ProcessEnd): ProcessEnd {
    this.isEnded = true;
    this.ledger.write({ what: 'exited', subject: this.pid, how: end.signal ?? `code ${end.code}` });
    return end;
  }
}

/** The processes of one scenario and their common ledger. `close()` ends whatever still runs. */
export class Fleet {
  readonly members: Member[] = [];
  private readonly dir = mkdtempSync(join(tmpdir(), 'queue-fleet-'));
  /** The witness of all its processes; a spec may add lines of its own. */
  readonly ledger = new Ledger(join(this.dir, 'ledger.ndjson'));

  /** Starts a worker of `faults/workload` and waits until it works. */
  startWorker(workload: Omit<WorkerWorkload, 'ledger'>, env: NodeJS.ProcessEnv = {}, build = dist): Promise<Member> {
    return this.start('worker', workload, build, env);
  }

  /** Starts a producer of `faults/workload`; `member.ended` settles when it has enqueued everything. */
  startProducer(workload: Omit<ProducerWorkload, 'ledger'>, build = dist): Promise<Member> {
    return this.start('producer', workload, build);
  }

  /** Starts a consumer that is broken on purpose. */
  startBroken(workload: Omit<BrokenWorkload, 'ledger'>): Promise<Member> {
    return this.start('brpop-consumer', workload, dist);
  }

  /** What was witnessed so far. */
  readLedger(): LedgerLine[] {
    return readLedger(this.ledger.path);
  }

  /** Copies the ledger to where `close` leaves it. Returns the path. */
  keepLedger(): string {
    const path = join(tmpdir(), `ledger-${process.pid}-${Date.now()}.ndjson`);
    copyFileSync(this.ledger.path, path);
    return path;
  }

  /** Kills what is left, removes the ledger. */
  async close(): Promise<void> {
    await Promise.all(this.members.filter(({ isAlive }) => isAlive).map((member) => member.kill()));
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async start(
    entry: 'worker' | 'producer' | 'brpop-consumer',
    workload: object,
    build: string,
    more: NodeJS.ProcessEnv = {},
  ): Promise<Member> {
    const program = join(build, `${entry}.js`);
    if (!existsSync(program)) throw new Error(`${program} is not there: run \`npm run build\` first`);
    const env = { ...process.env, ...more, WORKLOAD: JSON.stringify({ ...workload, ledger: this.ledger.path }) };
    const child = spawn(process.execPath, ['--enable-source-maps', program], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    const member = new Member(child, this.ledger);
    this.members.push(member);
    return member.ready();
  }
}
