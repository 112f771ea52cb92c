// What both queues are given: the same jobs, the same retention, the same counting.

/** About 220 bytes of JSON, as a small real job has. */
export const payload = {
  user: 'u-48151623',
  path: '/data/uploads/2025/09/12/quarterly-report-final-v3.pdf',
  checksum: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  size: 1_048_576,
  tags: ['finance', 'q3'],
};

/** Completed jobs both queues keep. */
export const KEPT = 1_000;

/** Counts handled jobs; the clock runs from the end of the warm-up to the last job. */
export class Stopwatch {
  #handled = 0;
  #startedAt = 0;
  #cpu;

  constructor(warmup, jobs) {
    this.warmup = warmup;
    this.last = warmup + jobs;
    this.done = new Promise((resolve) => (this.finish = resolve));
  }

  /** One job was handled. */
  hit() {
    this.#handled++;
    if (this.#handled === this.warmup) this.start();
    if (this.#handled === this.last) this.finish(this.stop());
  }

  start() {
    this.#startedAt = performance.now();
    this.#cpu = process.cpuUsage();
    process.send?.('warm');
  }

  stop() {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpu);
    return { jobs: this.last - this.warmup, seconds, nodeCpuUs: user + system };
  }
}

/** The scenario of this process, from its command line; and the way its result goes back. */
export const scenario = JSON.parse(process.argv[2] ?? '{}');

/** Tells the runner the figures and ends the process. */
export function report(result) {
  process.send(result, () => process.exit(0));
}
