import { Section } from '../schema/setting.decorator.js';
import { AdminConfig } from './admin.config.js';
import { CircuitBreakerConfig } from './circuit-breaker.config.js';
import { ObservabilityConfig } from './observability.config.js';
import { ProducerConfig } from './producer.config.js';
import { QueueConfig } from './queue.config.js';
import { RedisConfig } from './redis.config.js';
import { WorkerConfig } from './worker.config.js';

/**
 * The whole configuration of every app. `new AppConfig()` holds the defaults; {@link loadConfig} returns one that was
 * read, checked and frozen at every depth. Times are in ms.
 */
export class AppConfig {
  @Section(RedisConfig)
  readonly redis: RedisConfig = new RedisConfig();

  @Section(QueueConfig)
  readonly queue: QueueConfig = new QueueConfig();

  @Section(WorkerConfig)
  readonly worker: WorkerConfig = new WorkerConfig();

  @Section(ProducerConfig)
  readonly producer: ProducerConfig = new ProducerConfig();

  @Section(CircuitBreakerConfig)
  readonly circuitBreaker: CircuitBreakerConfig = new CircuitBreakerConfig();

  @Section(ObservabilityConfig)
  readonly observability: ObservabilityConfig = new ObservabilityConfig();

  @Section(AdminConfig)
  readonly admin: AdminConfig = new AdminConfig();
}
