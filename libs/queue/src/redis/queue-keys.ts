/**
 * Every key of one partition. This is the only file that spells a key.
 *
 * All keys of a partition share one hash tag, so each script touches one cluster slot.
 */
export class QueueKeys {
  /** First part of every key of this partition: `{jobqueue:0}:`. */
  readonly tag: string;
  /** HASH id → record. */
  readonly jobs: string;
  /** HASH id → history, for jobs that have one. */
  readonly history: string;
  /** HASH fingerprint → what is kept of an error. */
  readonly failures: string;
  /** LIST of ids, newest first. */
  readonly completed: string;
  /** HASH id → outcome of a completed job. */
  readonly outcome: string;
  /** ZSET id → died at, ms. */
  readonly dead: string;
  /** ZSET worker id → lease deadline, ms. */
  readonly workers: string;
  /** ZSET worker id → revoked at, ms: its jobs are being taken back. */
  readonly revoked: string;
  /** HASH queue → why, by whom, until when. */
  readonly paused: string;
  /** HASH of facts about the partition: schema, partitions, claim number, sweep, amnesty. */
  readonly control: string;

  constructor(prefix: string, partition: number) {
    this.tag = `{${prefix}:${partition}}:`;
    this.jobs = `${this.tag}jobs`;
    this.history = `${this.tag}history`;
    this.failures = `${this.tag}failures`;
    this.completed = `${this.tag}completed`;
    this.outcome = `${this.tag}outcome`;
    this.dead = `${this.tag}dead`;
    this.workers = `${this.tag}workers`;
    this.revoked = `${this.tag}revoked`;
    this.paused = `${this.tag}paused`;
    this.control = `${this.tag}control`;
  }

  /** LIST of ids: enqueue at the left, claim at the right. */
  ready(queue: string): string {
    return `${this.tag}ready:${queue}`;
  }

  /** ZSET id → due time, ms. */
  scheduled(queue: string): string {
    return `${this.tag}scheduled:${queue}`;
  }

  /** LIST with at most one token: there is work in this queue. */
  wake(queue: string): string {
    return `${this.tag}wake:${queue}`;
  }

  /** LIST with at most one token: the next due time of this queue changed, or nobody waits for it (ADR 0007). */
  timer(queue: string): string {
    return `${this.tag}wake-timer:${queue}`;
  }

  /** ZSET id → claim number, µs: what one incarnation holds. */
  processing(workerId: string): string {
    return `${this.tag}processing:${workerId}`;
  }

  /** HASH of what a worker says of itself. */
  worker(workerId: string): string {
    return `${this.tag}worker:${workerId}`;
  }

  /** HASH sequence number → answer of the last batches of one producer. */
  producer(producerId: string): string {
    return `${this.tag}producer:${producerId}`;
  }

  /** STRING: id of the job that holds this unique key. */
  unique(key: string): string {
    return `${this.tag}unique:${key}`;
  }

  /** HASH: a token bucket. Global, so it lives in partition 0. */
  limit(name: string): string {
    return `${this.tag}limit:${name}`;
  }
}

/**
 * The partition of a job: fixed by its unique key, else by its id. FNV-1a over UTF-16 code units: cheap, and equal in
 * every build. Changing it would lose sight of stored jobs.
 */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % partitions;
}
