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
  /** ZSET of `<group> <died at> <id>`, all scores 0: the dead by group (ADR 0012). */
  readonly deadGroups: string;
  /** ZSET worker id → lease deadline, ms. */
  readonly workers: string;
  /** ZSET worker id → revoked at, ms: its jobs are being taken back. */
  readonly revoked: string;
  /** HASH queue → why, by whom, until when. */
  readonly paused: string;
  /** HASH of facts about the partition: schema, partitions, claim number, sweep, amnesty, breakers. */
  readonly control: string;
  /** STREAM of what operators did. Global, so it lives in partition 0. */
  readonly audit: string;

  constructor(prefix: string, partition: number) {
    this.tag = `{${prefix}:${partition}}:`;
    this.jobs = `${this.tag}jobs`;
    this.history = `${this.tag}history`;
    this.failures = `${this.tag}failures`;
    this.completed = `${this.tag}completed`;
    this.outcome = `${this.tag}outcome`;
    this.dead = `${this.tag}dead`;
    this.deadGroups = `${this.tag}dead-groups`;
    this.workers = `${this.tag}workers`;
    this.revoked = `${this.tag}revoked`;
    this.paused = `${this.tag}paused`;
    this.control = `${this.tag}control`;
    this.audit = `${this.tag}audit`;
  }

  /** LIST of ids: enqueue at the left, claim at the right. */
  ready(queue: string): string {
    return `${this.tag}ready:${queue}`;
  }

  /** ZSET id → due time, ms. */
  scheduled(queue: string): string {
    return `${this.tag}scheduled:${queue}`;
  }

  /** LIST of ids that crashed twice: each runs alone in a process of its own (rules 18 to 22). The next to run right. */
  quarantine(queue: string): string {
    return `${this.tag}quarantine:${queue}`;
  }

  /** LIST of ids of this kind that wait for its breaker (ADR 0016). The next to run right. */
  parked(queue: string, kind: string): string {
    return `${this.tag}parked:${queue}:${kind}`;
  }

  /** HASH tenth of a window → how many attempts of this kind ended, and how many failed; gone after a window without any. */
  attempts(kind: string): string {
    return `${this.tag}attempts:${kind}`;
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

  /** HASH id → claim number and trail entry: the jobs that this worker is asked to end (ADR 0013). */
  cancels(workerId: string): string {
    return `${this.tag}cancels:${workerId}`;
  }

  /** LIST with at most one token: this worker should look what it is asked to end. */
  nudge(workerId: string): string {
    return `${this.tag}nudge:${workerId}`;
  }

  /** HASH sequence number → answer of the last batches of one producer. */
  producer(producerId: string): string {
    return `${this.tag}producer:${producerId}`;
  }

  /** STRING: id of the job that holds this unique key. */
  unique(key: string): string {
    return `${this.tag}unique:${key}`;
  }

  /** LIST: answers to the jobs of one benchmark, gone after its deadline. */
  bench(runId: string): string {
    return `${this.tag}bench:${runId}`;
  }

  /** HASH: a token bucket. Global, so it lives in partition 0. */
  limit(name: string): string {
    return `${this.tag}limit:${name}`;
  }
}

/** What a key is for: its partition, its room (`ready`, `unique`) and what follows (the queue, the unique key). */
export interface KeyFacts {
  readonly partition: number;
  readonly room: string;
  readonly name: string;
}

/** A pattern of SCAN that every key of a prefix matches. */
export function keyPattern(prefix: string): string {
  return `{${prefix.replaceAll(/[\\*?[\]]/g, '\\$&')}:*}:*`;
}

/** Reads a key; undefined: it is of another prefix. */
export function readKey(prefix: string, key: string): KeyFacts | undefined {
  const start = `{${prefix}:`;
  const match = key.startsWith(start) ? /^(\d+)\}:([^:]+):?([^]*)$/.exec(key.slice(start.length)) : null;
  return match ? { partition: Number(match[1]), room: match[2] ?? '', name: match[3] ?? '' } : undefined;
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
