import type { Registry } from 'prom-client';
import { register } from './exposition.js';
import { DEAD_REASONS, FAILURE_REASONS, OTHER, REFUSAL_REASONS, SNOOZE_REASONS } from './known-labels.js';
import { METRICS } from './metric-names.js';
import { type Tally, TallyCounter } from './tally-counter.js';
import { type HistogramSeries, TallyHistogram } from './tally-histogram.js';

/** How a run ended, where its length is known. */
export type RunOutcome = 'completed' | 'failed' | 'snoozed';

/** The series of one queue, found once and kept: adding to them is all that an event costs. */
export interface QueueSeries {
  readonly produced: Tally;
  readonly duplicate: Tally;
  readonly consumed: Tally;
  readonly completed: Tally;
  readonly retried: Tally;
  readonly released: Tally;
  readonly recovered: Tally;
  readonly leaseLost: Tally;
  readonly wait: HistogramSeries;
  failed(reason: string): Tally;
  snoozed(reason: string): Tally;
  dead(reason: string): Tally;
  processing(kind: string, outcome: RunOutcome): HistogramSeries;
}

/** Counters and histograms of jobs in one registry. Known queues and reasons are there from the start, at 0. */
export class JobMetrics {
  readonly breakerTrips: Tally;
  readonly rateLimitHits: Tally;
  readonly refused: (reason: string) => Tally;
  private readonly counters;
  private readonly wait: TallyHistogram;
  private readonly processing: TallyHistogram;
  private readonly scripts: TallyHistogram;
  private readonly byQueue: ReadonlyMap<string, QueueSeries>;
  private readonly byScript = new Map<string, HistogramSeries>();
  private otherQueue?: QueueSeries;

  constructor(registry: Registry, queues: readonly string[]) {
    const counter = (key: keyof typeof METRICS) => register(registry, new TallyCounter(METRICS[key]));
    this.counters = {
      produced: counter('produced'),
      duplicate: counter('duplicate'),
      consumed: counter('consumed'),
      completed: counter('completed'),
      failed: counter('failed'),
      retried: counter('retried'),
      dead: counter('dead'),
      snoozed: counter('snoozed'),
      released: counter('released'),
      recovered: counter('recovered'),
      leaseLost: counter('leaseLost'),
    };
    this.processing = register(registry, new TallyHistogram(METRICS.processing));
    this.wait = register(registry, new TallyHistogram(METRICS.wait));
    this.scripts = register(registry, new TallyHistogram(METRICS.script));
    this.breakerTrips = counter('breakerTrips').of();
    this.rateLimitHits = counter('rateLimitHits').of();
    const refused = counter('enqueueRefused');
    this.refused = byReason(REFUSAL_REASONS, (reason) => refused.of(reason));
    this.byQueue = new Map(queues.map((queue) => [queue, this.seriesOf(queue)]));
  }

  /** The series of a queue; those of `other` for a queue that is not configured. */
  queue(name: string): QueueSeries {
    return this.byQueue.get(name) ?? (this.otherQueue ??= this.seriesOf(OTHER));
  }

  /** The series of a script; their names are ours, so they need no bound. */
  script(name: string): HistogramSeries {
    const known = this.byScript.get(name) ?? this.scripts.of(name);
    this.byScript.set(name, known);
    return known;
  }

  private seriesOf(queue: string): QueueSeries {
    const { produced, duplicate, consumed, completed, retried, released, recovered, leaseLost, ...reasoned } =
      this.counters;
    return {
      produced: produced.of(queue),
      duplicate: duplicate.of(queue),
      consumed: consumed.of(queue),
      completed: completed.of(queue),
      retried: retried.of(queue),
      released: released.of(queue),
      recovered: recovered.of(queue),
      leaseLost: leaseLost.of(queue),
      wait: this.wait.of(queue),
      failed: byReason(FAILURE_REASONS, (reason) => reasoned.failed.of(queue, reason)),
      snoozed: byReason(SNOOZE_REASONS, (reason) => reasoned.snoozed.of(queue, reason)),
      dead: byReason(DEAD_REASONS, (reason) => reasoned.dead.of(queue, reason)),
      processing: byKind((kind, outcome) => this.processing.of(queue, kind, outcome)),
    };
  }
}

function byReason(known: readonly string[], series: (reason: string) => Tally): (reason: string) => Tally {
  const made = new Map(known.map((reason) => [reason, series(reason)]));
  return (reason) => made.get(reason) ?? series(OTHER);
}

function byKind(make: QueueSeries['processing']): QueueSeries['processing'] {
  const made: Readonly<Record<RunOutcome, Map<string, HistogramSeries>>> = {
    completed: new Map(),
    failed: new Map(),
    snoozed: new Map(),
  };
  return (kind, outcome) => {
    const known = made[outcome].get(kind);
    if (known) return known;
    const fresh = make(kind, outcome);
    made[outcome].set(kind, fresh);
    return fresh;
  };
}
