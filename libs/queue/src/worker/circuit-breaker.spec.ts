import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BreakerState } from '../job/job.js';
import { CircuitBreaker, REFUSED } from './circuit-breaker.js';

const OPTIONS = { failureThreshold: 0.5, windowMs: 1_000, cooldownPeriodMs: 300, minSamples: 4 };

/** A breaker that has just opened, at 0. */
function opened(): CircuitBreaker {
  const breaker = new CircuitBreaker(OPTIONS);
  for (let n = 0; n < OPTIONS.minSamples; n++) breaker.fail(breaker.enter(0), 0);
  return breaker;
}

describe('CircuitBreaker', () => {
  it('opens when the share of failures is reached, and not before there are enough attempts', () => {
    const breaker = new CircuitBreaker(OPTIONS);

    for (let n = 0; n < 3; n++) breaker.fail(breaker.enter(0), 0);
    const before = breaker.state(0);
    breaker.succeed(breaker.enter(0), 0);
    const atThreeOfFour = breaker.state(0);
    breaker.fail(breaker.enter(0), 0);

    expect([before, atThreeOfFour, breaker.state(0)]).toEqual(['closed', 'closed', 'open']);
  });

  it('stays closed while most attempts end well', () => {
    const breaker = new CircuitBreaker(OPTIONS);

    for (let n = 0; n < 100; n++) {
      breaker.succeed(breaker.enter(n), n);
      if (n % 2 === 0) breaker.fail(breaker.enter(n), n);
      breaker.succeed(breaker.enter(n), n);
    }

    expect(breaker.state(100)).toBe('closed');
  });

  it('forgets attempts that are older than the window', () => {
    const breaker = new CircuitBreaker(OPTIONS);

    for (let n = 0; n < 30; n++) breaker.fail(breaker.enter(n * 500), n * 500);

    expect(breaker.state(15_000)).toBe('closed');
  });

  it('lets nothing in while it is open, and one at a time after the cooldown', () => {
    const breaker = opened();

    expect(breaker.enter(299)).toBe(REFUSED);
    expect(breaker.enter(300)).not.toBe(REFUSED);
    expect(breaker.enter(301)).toBe(REFUSED);
    expect(breaker.state(301)).toBe('half-open');
  });

  it('closes when the probe ends well, with an empty window', () => {
    const breaker = opened();

    breaker.succeed(breaker.enter(300), 310);
    for (let n = 0; n < 3; n++) breaker.fail(breaker.enter(320), 320);

    expect(breaker.state(320)).toBe('closed');
  });

  it('opens again for a whole cooldown when the probe fails', () => {
    const breaker = opened();

    breaker.fail(breaker.enter(300), 350);

    expect(breaker.state(649)).toBe('open');
    expect(breaker.state(650)).toBe('half-open');
  });

  it('lets the next one probe after a probe that says nothing', () => {
    const breaker = opened();

    breaker.pass(breaker.enter(300), 350);

    expect(breaker.state(350)).toBe('half-open');
    expect(breaker.enter(350)).not.toBe(REFUSED);
  });

  it('does not hear runs that began before it opened', () => {
    const breaker = new CircuitBreaker(OPTIONS);
    const early = breaker.enter(0);
    for (let n = 0; n < OPTIONS.minSamples; n++) breaker.fail(breaker.enter(0), 0);
    const probe = breaker.enter(300);

    breaker.succeed(early, 310);
    breaker.fail(early, 310);
    breaker.pass(early, 310);
    const whileProbing = [breaker.state(310), breaker.enter(310)];
    breaker.succeed(probe, 320);

    expect(whileProbing).toEqual(['half-open', REFUSED]);
    expect(breaker.state(320)).toBe('closed');
  });

  it('closes by itself when no job comes to probe it for a window', () => {
    const breaker = opened();

    expect([breaker.state(1_299), breaker.state(1_300)]).toEqual(['half-open', 'closed']);
  });

  it('asks a refused job to wait for the rest of the cooldown and a random part', () => {
    const breaker = opened();

    expect(breaker.waitMs(100, 0)).toBe(200);
    expect(breaker.waitMs(100, 0.5)).toBe(700);
  });
});

/** The rules in the plainest way: every attempt is kept, nothing is clever. Steps of a tenth of a window, as the breaker has them. */
class Model {
  state: BreakerState = 'closed';
  period = 0;
  sinceMs = 0;
  probe: number | undefined;
  attempts: { atMs: number; failed: boolean }[] = [];

  pass(nowMs: number): void {
    if (this.state === 'open' && nowMs >= this.sinceMs + OPTIONS.cooldownPeriodMs) {
      this.change('half-open', this.sinceMs + OPTIONS.cooldownPeriodMs);
    }
    const isLeft = this.state === 'half-open' && this.probe === undefined;
    if (isLeft && nowMs >= this.sinceMs + OPTIONS.windowMs) this.change('closed', nowMs);
  }

  end(failed: boolean, nowMs: number): void {
    if (this.state === 'half-open') return this.change(failed ? 'open' : 'closed', nowMs);
    this.attempts.push({ atMs: nowMs, failed });
    const step = (ms: number) => Math.floor(ms / (OPTIONS.windowMs / 10));
    const recent = this.attempts.filter(({ atMs }) => step(atMs) > step(nowMs) - 10);
    const share = recent.filter((attempt) => attempt.failed).length / recent.length;
    if (failed && recent.length >= OPTIONS.minSamples && share >= OPTIONS.failureThreshold) this.change('open', nowMs);
  }

  change(to: BreakerState, atMs: number): void {
    this.state = to;
    this.period++;
    this.sinceMs = atMs;
    this.probe = undefined;
    this.attempts = [];
  }
}

interface Run {
  readonly id: number;
  readonly ticket: number;
  readonly period: number;
}

describe('CircuitBreaker beside its model', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('enter' as const), afterMs: fc.nat(40), pick: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('succeed' as const, 'fail' as const, 'fail' as const, 'pass' as const),
        afterMs: fc.nat(40),
        pick: fc.nat(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('look' as const), afterMs: fc.nat(1_500), pick: fc.nat() }) },
  );

  it('is in the same state after whatever happens, and never has two probes', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 200 }), (steps) => {
        const breaker = new CircuitBreaker(OPTIONS);
        const model = new Model();
        const running: Run[] = [];
        let nowMs = 0;
        let id = 0;
        for (const { do: what, afterMs, pick } of steps) {
          nowMs += afterMs;
          if (what === 'enter') {
            model.pass(nowMs);
            const mayStart = model.state === 'closed' || (model.state === 'half-open' && model.probe === undefined);
            const ticket = breaker.enter(nowMs);
            expect(ticket !== REFUSED).toBe(mayStart);
            if (!mayStart) continue;
            if (model.state === 'half-open') model.probe = id;
            running.push({ id: id++, ticket, period: model.period });
          } else if (what !== 'look' && running.length > 0) {
            const [run] = running.splice(pick % running.length, 1) as [Run];
            breaker[what](run.ticket, nowMs);
            if (run.period !== model.period) continue;
            if (what !== 'pass') model.end(what === 'fail', nowMs);
            else if (model.probe === run.id) {
              model.probe = undefined;
              model.sinceMs = nowMs;
            }
          }
          model.pass(nowMs);
          expect(breaker.state(nowMs)).toBe(model.state);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('cannot be wedged: once all runs have ended, a job may start after a cooldown', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const breaker = new CircuitBreaker(OPTIONS);
        const tickets: number[] = [];
        let nowMs = 0;
        for (const { do: what, afterMs, pick } of steps) {
          nowMs += afterMs;
          const ticket = what === 'enter' ? breaker.enter(nowMs) : REFUSED;
          if (ticket !== REFUSED) tickets.push(ticket);
          if (what === 'enter' || what === 'look' || tickets.length === 0) continue;
          breaker[what](tickets.splice(pick % tickets.length, 1)[0]!, nowMs);
        }
        for (const ticket of tickets) breaker.pass(ticket, nowMs);

        expect(breaker.enter(nowMs + OPTIONS.cooldownPeriodMs)).not.toBe(REFUSED);
      }),
    );
  });
});
