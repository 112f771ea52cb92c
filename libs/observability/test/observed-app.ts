import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { bootApp, ObservabilityModule, type ObservabilityOptions } from '@app/observability';
import { QueueModule, type QueueModuleOptions } from '@app/queue';

@Module({})
class ObservedModule {}

/** What is needed of the Redis of libs/testing. */
interface RedisUnderTest {
  readonly addr: string;
  readonly password: string;
  prefix(): string;
}

/** What a spec may change about its app. */
export interface ObservedOptions extends Partial<ObservabilityOptions> {
  readonly queue?: QueueModuleOptions;
  readonly imports?: readonly (Type | DynamicModule)[];
  readonly providers?: readonly Type[];
}

/** A small app with logs, metrics and health, booted as the real ones are, on a free port. */
export class ObservedApp {
  readonly logs: Record<string, unknown>[] = [];
  private app!: NestFastifyApplication;
  private url = '';

  static async start(redis: RedisUnderTest, given: ObservedOptions = {}): Promise<ObservedApp> {
    const observed = new ObservedApp();
    const { queue, imports = [], providers = [], ...rest } = given;
    const options = { ...defaults(await freePort()), logStream: observed, ...rest };
    const { addr, password } = redis;
    const queueModule = QueueModule.forRoot({
      prefix: redis.prefix(),
      ...queue,
      redis: { addr, password, ...queue?.redis },
    });
    const module = {
      module: ObservedModule,
      imports: [queueModule, ...imports, ObservabilityModule.forRoot(options)],
      providers,
    };
    observed.app = await bootApp(module as DynamicModule, options);
    observed.url = `${options.tls.enabled ? 'https' : 'http'}://${options.bind}:${options.metricsPort}`;
    return observed;
  }

  get<T>(type: Type<T>): T {
    return this.app.get(type, { strict: false });
  }

  /** Where it listens. */
  get address(): string {
    return this.url;
  }

  /** A log line. */
  write(line: string): void {
    this.logs.push(JSON.parse(line) as Record<string, unknown>);
  }

  async ask(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url + path, { headers });
    return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() };
  }

  /** The samples of a scrape: `name{labels}` → value. */
  async scrape(): Promise<Record<string, number>> {
    const { text } = await this.ask('/metrics');
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return Object.fromEntries(
      lines.map((line) => line.split(/ (?=\S+$)/)).map(([name, value]) => [name, Number(value)]),
    );
  }

  close(): Promise<void> {
    return this.app.close();
  }
}

/** What came back over HTTP. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** A port that nobody has right now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function defaults(metricsPort: number): ObservabilityOptions {
  return {
    app: 'producer',
    version: '1.2.3',
    revision: 'abc',
    queues: ['high', 'low'],
    bind: '127.0.0.1',
    metricsPort,
    bearerTokenFile: '',
    tls: { enabled: false, certFile: '', keyFile: '', caFile: '' },
    logLevel: 'info',
    queueSampleIntervalMs: 100,
    tracing: { enabled: false, endpoint: '', sampleRatio: 1 },
  };
}
