// What is measured. A scenario runs with both queues unless it says `queues`; `ours` holds settings of this queue alone.

/** Jobs that run before the clock starts: a cold process measures its compiler. */
const WARMUP = 20_000;
const JOBS = 20_000;
/** What many slots, or many calls in flight, do within a second or a few. */
const MANY_JOBS = 60_000;

const processing = (slots, more = {}) => {
  const jobs = slots > 1 ? MANY_JOBS : JOBS;
  return { what: 'process', slots, warmup: WARMUP, jobs, ...more };
};
/** What surrounds the work; this queue alone. */
const beside = (around) => processing(64, { around, queues: ['ours'] });
const enqueueing = (batch, inFlight, more = {}) => ({
  what: 'enqueue',
  batch,
  inFlight,
  warmup: WARMUP,
  jobs: JOBS,
  ...more,
});

/** In the order in which a round runs them. */
export const SCENARIOS = [
  { id: 'round-trip', title: 'a bare PING, awaited singly', ...enqueueing(1, 1, { call: 'ping', queues: ['ours'] }) },
  { id: 'enqueue-1', title: 'enqueue, awaited singly', ...enqueueing(1, 1) },
  { id: 'enqueue-64', title: 'enqueue, 64 in flight', ...enqueueing(1, 64, { jobs: MANY_JOBS }) },
  { id: 'bulk-1000', title: 'enqueue in bulk of 1,000', ...enqueueing(1_000, 1, { jobs: 100_000 }) },
  { id: 'process-1', title: 'process, 1 slot', ...processing(1) },
  { id: 'process-1-ahead', title: 'process, 1 slot, prefetch 64', ...processing(1, { ours: { prefetch: 64 } }) },
  { id: 'process-16', title: 'process, 16 slots', ...processing(16) },
  { id: 'process-16-ahead', title: 'process, 16 slots, prefetch 64', ...processing(16, { ours: { prefetch: 64 } }) },
  { id: 'process-64', title: 'process, 64 slots', ...processing(64) },
  {
    id: 'full-app',
    title: 'process, 64 slots, the whole worker app',
    ...processing(64, { program: '../dist/bench/full-worker.js', queues: ['ours'] }),
  },
  { id: 'process-256', title: 'process, 256 slots', ...processing(256) },
  { id: 'handler-5ms', title: 'process, 64 slots, the handler waits 5 ms', ...processing(64, { handlerMs: 5 }) },
  { id: 'failing', title: 'process, 64 slots, 10 % fail once', ...processing(64, { failShare: 0.1 }) },
  { id: 'aof', title: 'process, 64 slots, AOF everysec', ...processing(64, { aof: true }) },
  { id: 'two-workers', title: 'process, 64 slots, 2 workers', ...processing(64, { workers: 2 }) },
  { id: 'backlog-100k', title: 'process, 64 slots, 100,000 more wait', ...processing(64, { backlog: 100_000 }) },
  {
    id: 'backlog-1m',
    title: 'process, 64 slots, 1,000,000 more wait',
    ...processing(64, { backlog: 1_000_000, queues: ['ours'] }),
  },
  { id: 'scheduled-1m', title: 'process, 64 slots, 1,000,000 scheduled', ...beside({ scheduled: 1_000_000 }) },
  { id: 'dead-1m', title: 'process, 64 slots, 1,000,000 dead', ...beside({ dead: 1_000_000 }) },
  { id: 'workers-200', title: 'process, 64 slots, 200 idle workers', ...beside({ workers: 200 }) },
  { id: 'queues-50', title: 'process, 64 slots, 50 queues', ...beside({ queues: 50 }) },
  { id: 'latency-500', title: 'enqueue to start at 500/s', what: 'latency', slots: 16, rate: 500, jobs: 5_000 },
  { id: 'latency-half', title: 'enqueue to start at half load', what: 'latency', slots: 64, halfOf: 'process-64' },
  { id: 'bytes', title: 'bytes a waiting job', what: 'bytes', jobs: 50_000 },
];

/** A first look within a minute: few jobs, the scenarios whose ratio tells most. */
export const SHORT = SCENARIOS.filter(({ id }) => ['enqueue-64', 'bulk-1000', 'process-64', 'bytes'].includes(id)).map(
  (scenario) => ({ ...scenario, warmup: 10_000, jobs: 30_000 }),
);

/** Ratios of this queue to itself: what costs what. */
export const OWN_RATIOS = [
  { title: 'enqueue awaited singly against a bare PING', of: 'enqueue-1', to: 'round-trip' },
  { title: 'the whole worker app against the library', of: 'full-app', to: 'process-64' },
  { title: '1,000,000 waiting against none', of: 'backlog-1m', to: 'process-64' },
  { title: '100,000 waiting against none', of: 'backlog-100k', to: 'process-64' },
  { title: '1,000,000 scheduled against none', of: 'scheduled-1m', to: 'process-64' },
  { title: '1,000,000 dead against none', of: 'dead-1m', to: 'process-64' },
  { title: '200 idle workers beside against none', of: 'workers-200', to: 'process-64' },
  { title: '50 queues against 2', of: 'queues-50', to: 'process-64' },
  { title: '16 slots, prefetch 64 against 0', of: 'process-16-ahead', to: 'process-16' },
  { title: 'AOF everysec against off', of: 'aof', to: 'process-64' },
  { title: 'two workers against one', of: 'two-workers', to: 'process-64' },
];
