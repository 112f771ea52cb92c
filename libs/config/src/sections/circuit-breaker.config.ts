import { duration, integer, positiveNumber } from '../schema/scalar-types.js';
import { Setting } from '../schema/setting.decorator.js';

/** `circuit_breaker`: when a kind of job that keeps failing is left alone for a while. */
export class CircuitBreakerConfig {
  @Setting(positiveNumber({ max: 1 }), 'Share of failed attempts that opens the breaker')
  readonly failureThreshold: number = 0.5; // every second one: something else is broken

  @Setting(duration({ min: '1s' }), 'How far back attempts are counted')
  readonly windowMs: number = 60_000; // long enough for a verdict, short enough to forget

  @Setting(duration({ min: '1ms' }), 'How long the breaker stays open before it tries again')
  readonly cooldownPeriodMs: number = 30_000; // a restart of what is broken takes about that long

  @Setting(integer({ min: 1, max: 1_000_000 }), 'Attempts within the window before there is a verdict')
  readonly minSamples: number = 20; // fewer are luck
}
