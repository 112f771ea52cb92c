import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { ConfigModule, getConfigToken, registerAs } from '@nestjs/config';
import type { LoadedConfig } from './load-config.js';
import { AdminConfig } from './sections/admin.config.js';
import { AppConfig } from './sections/app-config.js';
import { CircuitBreakerConfig } from './sections/circuit-breaker.config.js';
import { ObservabilityConfig } from './sections/observability.config.js';
import { ProducerConfig } from './sections/producer.config.js';
import { QueueConfig } from './sections/queue.config.js';
import { RedisConfig } from './sections/redis.config.js';
import { WorkerConfig } from './sections/worker.config.js';

const SECTION_CLASSES: Readonly<Record<keyof AppConfig, Type>> = {
  redis: RedisConfig,
  queue: QueueConfig,
  worker: WorkerConfig,
  producer: ProducerConfig,
  circuitBreaker: CircuitBreakerConfig,
  observability: ObservabilityConfig,
  admin: AdminConfig,
};

const SECTIONS = Object.entries(SECTION_CLASSES) as [keyof AppConfig, Type][];

/**
 * Hands the loaded configuration to the whole application: inject {@link AppConfig}, or one section by its class
 * (`constructor(private readonly worker: WorkerConfig)`). Everything injected is frozen.
 */
@Module({})
export class AppConfigModule {
  /** @param loaded - what `loadConfig` returned in `main.ts`, so that errors come before Nest starts. */
  static forRoot({ config }: LoadedConfig): DynamicModule {
    const load = SECTIONS.map(([key]) => registerAs(key, () => config[key]));
    const providers: Provider[] = [
      { provide: AppConfig, useValue: config },
      ...SECTIONS.map(([key, section]) => ({ provide: section, useExisting: getConfigToken(key) })),
    ];
    return {
      module: AppConfigModule,
      global: true,
      imports: [ConfigModule.forRoot({ isGlobal: true, load, ignoreEnvFile: true, skipProcessEnv: true })],
      providers,
      exports: providers.map((provider) => (provider as { provide: Type }).provide),
    };
  }
}
