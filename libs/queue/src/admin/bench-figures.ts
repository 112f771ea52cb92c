import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** How long something took, ms, to the microsecond below 2 ms and to a thousandth above. */
export interface BenchLatency {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What a benchmark measured. All times are of the Redis clock, so no difference between clocks is in them. */
export interface BenchFigures {
  /** From the first enqueue to the last end, ms. */
  readonly durationMs: number;
  /** Jobs enqueued a second, over the time from the first to the last. */
  readonly enqueuedPerSecond: number;
  /** Jobs ended a second, over the whole duration. */
  readonly donePerSecond: number;
  /** From the enqueue to the claim by a worker. */
  readonly untilStart: BenchLatency;
  /** From the enqueue to the end: the worker's answer is stored. */
  readonly untilDone: BenchLatency;
}

/** The times of the jobs of one run, by their number, µs. Answers may come in any order, also before the enqueue is known. */
export class BenchTimes {
  private readonly enqueued: Float64Array;
  private readonly started: Float64Array;
  private readonly done: Float64Array;
  private answers = 0;

  constructor(readonly count: number) {
    this.enqueued = new Float64Array(count);
    this.started = new Float64Array(count);
    this.done = new Float64Array(count);
  }

  /** Jobs that were answered. */
  get answered(): number {
    return this.answers;
  }

  isAnswered(job: number): boolean {
    return this.done[job] !== 0;
  }

  enqueue(job: number, atMicros: number): void {
    this.enqueued[job] = atMicros;
  }

  /** A second answer to a job, and one to a job that is not of this run, change nothing. */
  answer(job: number, startedMicros: number, doneMicros: number): void {
    if (this.done[job] !== 0) return;
    this.started[job] = startedMicros;
    this.done[job] = doneMicros;
    this.answers++;
  }

  /** What all of it says. @throws {Error} not every job was enqueued and answered: there are no figures then. */
  figures(): BenchFigures {
    if (this.answers < this.count || this.enqueued.includes(0))
      throw new Error(`${this.answers} of ${this.count} jobs were answered: no figures`);
    const first = least(this.enqueued);
    const durationMicros = Math.max(1, most(this.done) - first);
    const enqueuedMicros = Math.max(1, most(this.enqueued) - first);
    return {
      durationMs: durationMicros / 1_000,
      enqueuedPerSecond: perSecond(Math.max(1, this.count - 1), enqueuedMicros),
      donePerSecond: perSecond(this.count, durationMicros),
      untilStart: latencyOf(this.enqueued, this.started),
      untilDone: latencyOf(this.enqueued, this.done),
    };
  }
}

/** An HDR histogram, as Node itself has one: three figures, up to an hour. */
function latencyOf(from: Float64Array, to: Float64Array): BenchLatency {
  const histogram = createHistogram({ lowest: 1, highest: 3_600_000_000, figures: 3 });
  from.forEach((start, job) => histogram.record(Math.max(1, Math.round((to[job] ?? 0) - start))));
  return {
    meanMs: histogram.mean / 1_000,
    p50Ms: percentileMs(histogram, 50),
    p95Ms: percentileMs(histogram, 95),
    p99Ms: percentileMs(histogram, 99),
    maxMs: histogram.max / 1_000,
  };
}

function percentileMs(histogram: RecordableHistogram, percentile: number): number {
  return histogram.percentile(percentile) / 1_000;
}

function perSecond(count: number, micros: number): number {
  return (count / micros) * 1_000_000;
}

function least(times: Float64Array): number {
  return times.reduce((one, other) => Math.min(one, other));
}

function most(times: Float64Array): number {
  return times.reduce((one, other) => Math.max(one, other));
}
