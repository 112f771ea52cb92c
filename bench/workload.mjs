// What both queues are given: the same jobs, the same retention, the same way to count. Runs in the measured process.

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

/** Jobs between two messages to the runner. */
const STEP = 200;

/** Now, in ms on the clock that all processes of this machine share. */
export const nowMs = () => performance.timeOrigin + performance.now();

/** The scenario of this process. */
export const scenario = JSON.parse(process.argv[2] ?? '{}');

let done = 0;

/** Counts jobs. The runner is told every 200 jobs, and soon after the last one: how many, when, and the CPU used so far. */
export function countJobs(count = 1) {
  const before = done;
  done += count;
  if (Math.floor(done / STEP) !== Math.floor(before / STEP)) tell();
}

function tell() {
  const { user, system } = process.cpuUsage();
  process.send({ done, atMs: nowMs(), cpuUs: user + system });
}

if (process.send) setInterval(tell, 100).unref();

/** What the handler of a processing scenario does; `attempt` is 1 for the first. */
export function handle(data, attempt) {
  const { handlerMs, what } = scenario;
  if (what === 'latency') return recordLatency(data.sentAtMs);
  if (data.failsOnce && attempt === 1) throw new Error('planned failure');
  if (!handlerMs) return countJobs();
  return new Promise((resolve) => setTimeout(resolve, handlerMs)).then(() => countJobs());
}

/** The payload of job `index`: every tenth fails once when a tenth shall fail. */
export function payloadOf(index) {
  const { failShare = 0 } = scenario;
  return failShare > 0 && index % Math.round(1 / failShare) === 0 ? { ...payload, failsOnce: true } : payload;
}

/** Enqueues through `send(indexes)`, which resolves when Redis has the jobs; `inFlight` calls at a time. */
export async function enqueueAll(send, { batch, inFlight, jobs }) {
  let next = 0;
  const lane = async () => {
    while (next < jobs) {
      const from = next;
      const size = Math.min(batch, jobs - from);
      next += size;
      await send(Array.from({ length: size }, (_, at) => from + at));
      countJobs(size);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

/** Enqueues at a steady rate: at every tick what is due. */
export async function enqueuePaced(send, { rate, jobs }) {
  const startMs = nowMs();
  const sent = [];
  while (sent.length < jobs) {
    const due = Math.min(jobs, Math.floor(((nowMs() - startMs) * rate) / 1_000));
    while (sent.length < due) sent.push(send({ ...payload, sentAtMs: nowMs() }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
}

const latencies = [];

// The first fifth of the jobs warms the processes.
function recordLatency(sentAtMs) {
  latencies.push(nowMs() - sentAtMs);
  if (latencies.length < scenario.jobs) return;
  const sorted = latencies.slice(scenario.jobs / 5).toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.floor(sorted.length * share)];
  process.send({ p50Ms: at(0.5), p99Ms: at(0.99) });
}
