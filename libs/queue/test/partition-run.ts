import { deepStrictEqual, equal } from 'node:assert/strict';
import { deathOf, purgeStep, requeueStep } from '../src/admin/dead-selection.js';
import { EnqueueBatch } from '../src/enqueue/enqueue-batch.js';
import { enqueueCall } from '../src/enqueue/enqueue-call.js';
import { decodeHeader, encodeRecordTail } from '../src/job/job-codec.js';
import { decodeHistory, encodeHistoryTail } from '../src/job/job-history.js';
import type { QueueKeys } from '../src/redis/queue-keys.js';
import { LEASE_MS, QUEUES, type Pick, type ReapVerb } from './model-steps.js';
import { fromEnd, named, picked } from './picks.js';
import { QueueModel, type ModelClaim, type SentJob } from './queue-model.js';
import { TokenWatch } from './token-watch.js';
import { WorkerRun, type ModelParts } from './worker-run.js';

const RETRY_AFTER_CRASH_MS = 30_000;
/** Few, so that a worker is emptied in more than one reap. */
const CLAIMS_A_READ = 2;

interface ReapRead {
  readonly workerId: string;
  readonly rows: readonly (ModelClaim & { readonly queue: string; readonly historyTail: (verb: ReapVerb) => string })[];
}

/** One partition: its model, what its producer, workers, reapers and operators remember, and their steps as real calls. */
export class PartitionRun {
  readonly model = new QueueModel();
  readonly watch = new TokenWatch();
  readonly workers: WorkerRun;
  private readonly batches: { readonly sequence: number; readonly jobs: readonly SentJob[] }[] = [];
  private readonly reads: ReapRead[] = [];
  private readonly deaths: { readonly id: string; readonly diedAtMs: number }[] = [];
  private sequence = 0;

  constructor(
    private readonly keys: QueueKeys,
    private readonly parts: ModelParts,
  ) {
    this.workers = new WorkerRun(keys, parts, this.model, this.watch);
  }

  /** `skip`: how far the sequence number goes on; a batch that does not arrive may be resent later. */
  async enqueue(jobs: readonly SentJob[], skip: number, arrives: boolean): Promise<void> {
    this.sequence += skip;
    this.batches.push({ sequence: this.sequence, jobs });
    if (arrives) await this.resend(0);
  }

  async resend(back: number): Promise<void> {
    const sent = fromEnd(this.batches, back);
    if (!sent) return;
    const batch = new EnqueueBatch(sent.sequence);
    for (const { id, queue, delayMs, uniqueKey } of sent.jobs)
      batch.add({
        id,
        queue,
        uniqueKey,
        kind: 'model.job',
        when: delayMs > 0 ? `+${delayMs}` : '0',
        recordTail: encodeRecordTail(queue, 'model.job', null, { uniqueKey, delayMs }),
        index: 0,
        settle: () => {},
      });
    const { keys, args } = enqueueCall(batch, this.keys, 'p', this.parts.options);
    const [answer, now] = (await this.parts.runner.run('enqueue', keys, args)) as [string, string];
    equal(answer, this.model.enqueue(sent.sequence, sent.jobs, Number(now)));
  }

  async sweep(): Promise<void> {
    const { workers, revoked, control } = this.keys;
    const answer = await this.parts.runner.run('sweep', [workers, revoked, control], [String(LEASE_MS), '100']);
    const [now, , over, all] = answer as [string, string, string[], string[]];
    deepStrictEqual(over, this.model.sweep(Number(now)), 'workers revoked');
    deepStrictEqual(all.toSorted(), [...this.model.revoked].toSorted());
  }

  /** What is read here may be old when a reap uses it. */
  async readClaims(back: number): Promise<void> {
    const workerId = fromEnd([...this.model.revoked], back);
    if (workerId === undefined) return;
    const { jobs, history } = this.keys;
    const answer = await this.parts.runner.run(
      'read-claims',
      [this.keys.processing(workerId), jobs, history],
      [String(CLAIMS_A_READ)],
    );
    const rows = inRows(answer as string[], 4).map(([jobId = '', number, header = '', past]) => {
      const { crashes, ...rest } = decodeHistory(past);
      return {
        jobId,
        number: Number(number),
        queue: decodeHeader(header)?.queue ?? '',
        historyTail: (verb: ReapVerb) =>
          encodeHistoryTail({ ...rest, crashes: crashes + 1, ...(verb === 'bury' ? { reason: 'worker-lost' } : {}) }),
      };
    });
    deepStrictEqual(named(rows), named(this.model.sync(workerId, []).slice(0, CLAIMS_A_READ)), 'claims read');
    this.reads.push({ workerId, rows });
  }

  async reap(back: number, verb: ReapVerb): Promise<void> {
    const read = fromEnd(this.reads, back);
    if (!read) return;
    const { workerId, rows } = read;
    const { revoked, history, dead, paused, deadGroups } = this.keys;
    const keys = [
      revoked,
      this.keys.processing(workerId),
      this.keys.worker(workerId),
      history,
      dead,
      paused,
      deadGroups,
      this.keys.cancels(workerId),
    ];
    const args = rows.flatMap(({ jobId, number, queue, historyTail }) => [
      jobId,
      String(number),
      verb,
      String(verb === 'bury' ? 0 : QUEUES.indexOf(queue) + 1),
      String(verb === 'retry' ? RETRY_AFTER_CRASH_MS : 0),
      historyTail(verb),
    ]);
    const answer = await this.parts.runner.run(
      'reap',
      [
        ...keys,
        ...QUEUES.flatMap((queue) => this.groupOf(queue)),
        ...QUEUES.map((queue) => this.keys.quarantine(queue)),
      ],
      [workerId, String(QUEUES.length), ...QUEUES, ...args],
    );
    const [now, left, gone] = answer as [string, number, number[]];
    const refused = this.model.reap(workerId, rows, verb, RETRY_AFTER_CRASH_MS, Number(now));
    deepStrictEqual(named(gone.flatMap((row) => rows[row - 1] ?? [])), named(refused), 'moves refused');
    equal(left, this.model.processing.get(workerId)?.size ?? 0);
  }

  async requeueDead(picks: readonly Pick[]): Promise<void> {
    const deaths = picked(this.deaths, picks, ({ id }) => id);
    const words = await requeueStep(this.parts.runner, this.keys, QUEUES, deaths.map(deathOf));
    deepStrictEqual(
      words,
      deaths.map(({ id, diedAtMs }) => (this.model.requeue(id, diedAtMs) ? 'applied' : 'gone')),
    );
  }

  async purgeDead(picks: readonly Pick[]): Promise<void> {
    const deaths = picked(this.deaths, picks, ({ id }) => id);
    if (deaths.length === 0) return;
    const words = await purgeStep(this.parts.runner, this.keys, deaths.map(deathOf));
    deepStrictEqual(
      words,
      deaths.map(({ id, diedAtMs }) => (this.model.purge(id, diedAtMs) ? 'applied' : 'gone')),
    );
  }

  async pause(queue: string): Promise<void> {
    const word = await this.parts.runner.run('pause', [this.keys.paused], [queue, '{}']);
    equal(word, this.model.paused.has(queue) ? 'replaced' : 'paused');
    this.model.paused.add(queue);
  }

  async resume(queue: string): Promise<void> {
    const word = await this.parts.runner.run('resume', [this.keys.paused, ...this.groupOf(queue)], [queue, '']);
    equal(word, this.model.paused.delete(queue) ? 'resumed' : 'not-paused');
  }

  /** A blocked worker gets the token; its `advance` is a step of its own. */
  async takeToken(name: 'wake' | 'timer', queue: string): Promise<void> {
    const key = this.keys[name](queue);
    if (await this.parts.client.lpop(key)) this.watch.took(key.slice(this.keys.tag.length));
  }

  /** Ends a step: deaths stay known, for late selections. */
  remember(): void {
    for (const [id, diedAtMs] of this.model.dead)
      if (!this.deaths.some((death) => death.id === id && death.diedAtMs === diedAtMs))
        this.deaths.push({ id, diedAtMs });
  }

  private groupOf(queue: string): string[] {
    const { keys } = this;
    return [keys.ready(queue), keys.scheduled(queue), keys.wake(queue), keys.timer(queue)];
  }
}

function inRows(flat: readonly string[], width: number): string[][] {
  return flat.flatMap((_, at) => (at % width === 0 ? [flat.slice(at, at + width)] : []));
}
