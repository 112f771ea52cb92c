import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loggedInAs } from './redis-users.js';
import { waitUntil } from './wait-until.js';

const apps = fileURLToPath(new URL('../../../dist/apps/', import.meta.url));
const OUTPUT_TAIL_CHARS = 20_000;
const NOBODY = 65_534;

/** How to start a built app. */
export interface AppProcessOptions {
  /** By path: `{ 'worker.count': 4 }`. They travel as environment variables; a configuration file is read only with `--config`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  readonly args?: readonly string[];
  /** Folder of another build of the apps, as `changedBuild` makes it. Default: `dist/apps`. */
  readonly build?: string;
  /** More variables. */
  readonly env?: NodeJS.ProcessEnv;
  /** As root, become nobody: permissions do not bind root. */
  readonly asNobody?: boolean;
}

/** How a process ended. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** `node dist/apps/<app>` as a real process, on a free metrics port, with a channel to the spec as its supervisor. */
export class AppProcess {
  /** What it told its supervisor. */
  readonly messages: unknown[] = [];
  readonly exited: Promise<ProcessExit>;
  private text = '';

  private constructor(
    private readonly child: ChildProcess,
    /** Of /healthz, /readyz and /metrics, on 127.0.0.1. */
    readonly port: number,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.text = (this.text + chunk.toString()).slice(-OUTPUT_TAIL_CHARS)));
    }
    child.on('message', (message) => this.messages.push(message));
    this.exited = once(child, 'close').then(([code, signal]: unknown[]) => ({ code, signal }) as ProcessExit);
  }

  /** Does not wait for anything: see {@link ready}. The caller stops it. */
  static async start(app: 'producer' | 'worker' | 'admin', options: AppProcessOptions = {}): Promise<AppProcess> {
    const { settings = {}, args = [], env = {}, asNobody = false, build = apps } = options;
    const port = await freePort();
    const quiet = { 'observability.metrics_port': port, 'producer.http.enabled': false }; // its port is the same for all
    const variables = loggedInAs(app, { ...environmentOf({ ...quiet, ...settings }), ...env }, args);
    const child = spawn(process.execPath, [join(build, app, 'index.js'), ...args], {
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], JOBQUEUE_REPORT: '1', ...variables },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(asNobody && process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
    });
    return new AppProcess(child, port);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The end of what it wrote, both streams. */
  get output(): string {
    return this.text;
  }

  /** Settles when /readyz answers 200. @throws with its output when it ends before, or takes too long. */
  async ready(timeoutMs = 20_000): Promise<this> {
    const isReady = waitUntil(async () => (await this.get('/readyz')).ok, { timeoutMs, what: 'readiness' });
    const failed = this.exited.then(({ code }) => Promise.reject(new Error(`it ended with ${code}`)));
    await Promise.race([isReady, failed]).catch((cause: unknown) => {
      throw new Error(`${(cause as Error).message}; output:\n${this.text}`, { cause });
    });
    return this;
  }

  get(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`);
  }

  /** The sum of all series of a metric that have these labels. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const text = await (await this.get('/metrics')).text();
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    const series = lines.filter((line) => wanted.every((pair) => line.includes(pair)));
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGTERM, or another signal; settles when it has ended. May be called on one that has. */
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessExit> {
    this.child.kill(signal);
    return this.exited;
  }
}

function environmentOf(settings: Readonly<Record<string, string | number | boolean>>): NodeJS.ProcessEnv {
  const toName = (path: string) => path.replaceAll('.', '_').toUpperCase();
  return Object.fromEntries(Object.entries(settings).map(([path, value]) => [toName(path), String(value)]));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
