import type { QueueOptions } from '../../queue.options.js';
import type { QueueKeys } from '../../redis/queue-keys.js';
import type { ScriptRunner } from '../../redis/script-runner.js';
import { parkedIn } from '../parked.js';
import { slicesOf } from '../reply.js';
import type { DoctorControl, DoctorProgress, JobFault, Repair } from './finding.js';
import { JobExaminer } from './job-examiner.js';
import type { PartitionKeys } from './key-survey.js';
import { surveyPlaces, type RecordSurvey } from './place-survey.js';
import { placesOf, splitList, union, type PlaceNames } from './places.js';
import { observeFault, type Observation } from './queue-findings.js';

/** Keys or workers one call looks at. */
const KEYS_A_CALL = 500;
const WORKERS_A_CALL = 100;
/** A producer that repeats a batch has given up long before, ms; so has who waits for a benchmark or a rate limit. */
const SHORT_TTL_MS = 3_600_000;

/** What one partition showed. */
export interface PartitionDiagnosis {
  readonly observations: readonly Observation[];
  readonly repairs: readonly Repair[];
  readonly records: number;
}

/** Queues with claimable work and no token, and how far the claims were at that instant. */
export interface MissingTokens {
  readonly claim: string;
  readonly queues: readonly string[];
}

/** Looks at one partition. */
export class PartitionDoctor {
  private readonly observations: Observation[] = [];
  private readonly repairs: Repair[] = [];

  constructor(
    private readonly runner: ScriptRunner,
    private readonly keys: QueueKeys,
    private readonly partition: number,
    private readonly options: QueueOptions,
    private readonly found: PartitionKeys,
    private readonly control: DoctorControl,
  ) {}

  async examine(): Promise<PartitionDiagnosis> {
    const records = await this.examineJobs();
    this.observeRecords(records);
    await this.examineWorkers();
    await this.examineParked();
    await this.examineExpiries();
    const { observations, repairs } = this;
    return { observations, repairs, records: records.count };
  }

  async missingTokens(): Promise<MissingTokens> {
    const { names } = this.options;
    const pairs = names.flatMap((queue) => [this.keys.ready(queue), this.keys.wake(queue)]);
    const reply = await this.runner.run('read-tokens', [this.keys.control, this.keys.paused, ...pairs], names);
    const [claim = '', ...words] = reply as string[];
    return { claim, queues: names.filter((_, at) => words[at] === 'missing') };
  }

  private async examineJobs(): Promise<RecordSurvey> {
    const { names } = this.options;
    const workers = [...this.found.workers];
    const parked = [...this.found.parked];
    const queues = union(names, [...this.found.queues]);
    const places = placesOf(this.keys, { queues, workers, parked });
    const onProgress = (step: DoctorProgress['step'], done: number) => this.report(step, done);
    const survey = await surveyPlaces({ runner: this.runner, keys: this.keys, places, onProgress });
    const named = union(queues, [...survey.records.queues.keys()]);
    const examiner = new JobExaminer(this.runner, this.keys, { queues: named, workers, parked });
    const suspects = [...survey.suspects];
    const faults = await examiner.faults(suspects, survey.records.count, (done) => this.report('suspects', done));
    this.observeFaults(faults, { queues: named, workers, parked });
    return survey.records;
  }

  private observeFaults(faults: readonly JobFault[], names: PlaceNames): void {
    for (const fault of faults) {
      this.observations.push(observeFault(fault));
      this.repairs.push({ check: fault.check, partition: this.partition, type: 'job', fault, names });
    }
  }

  private observeRecords({ unreadable, newer, queues }: RecordSurvey): void {
    const unknown = union([...this.found.queues], [...queues.keys()]).filter(
      (name) => !this.options.names.includes(name),
    );
    for (const name of unreadable) this.observations.push({ check: 'unreadable-record', name });
    for (const name of newer) this.observations.push({ check: 'newer-record', name });
    for (const name of unknown) this.observations.push({ check: 'unknown-queue', name });
  }

  /** Processing sets and descriptions of workers that are neither registered nor being revoked. */
  private async examineWorkers(): Promise<void> {
    for (const ids of slicesOf([...this.found.workers], WORKERS_A_CALL)) {
      const pairs = ids.flatMap((id) => [this.keys.processing(id), this.keys.worker(id)]);
      const reply = await this.runner.run('read-strays', [this.keys.workers, this.keys.revoked, ...pairs], ids);
      (reply as [isKnown: number, held: number, isDescribed: number][]).forEach(([isKnown, held, isDescribed], at) => {
        if (isKnown === 1 || (held === 0 && isDescribed === 0)) return;
        const workerId = ids[at] ?? '';
        const check = held > 0 ? 'stray-processing' : 'stray-worker';
        this.observations.push({ check, name: held > 0 ? `${workerId} with ${held}` : workerId });
        this.repairs.push({ check, partition: this.partition, type: 'worker', workerId });
      });
    }
  }

  /** Lists of parked jobs that no breaker names: nobody would give them back. */
  private async examineParked(): Promise<void> {
    const { control, jobs, history } = this.keys;
    const lists = [...this.found.parked].map(splitList);
    if (lists.length === 0) return;
    const keys = [control, jobs, history, ...lists.map(([queue, kind]) => this.keys.parked(queue, kind))];
    const [breakers, rows] = (await this.runner.run('read-breakers', keys, [])) as [string, [length: number][]];
    const named = parkedIn(breakers);
    lists.forEach(([queue, kind], at) => {
      const isNamed = named.some((list) => list.queue === queue && list.kind === kind);
      if (isNamed || (rows[at]?.[0] ?? 0) === 0) return;
      this.observations.push({ check: 'stray-parked', name: `${kind} in ${queue}` });
      this.repairs.push({ check: 'stray-parked', partition: this.partition, type: 'parked', queue, kind });
    });
  }

  private async examineExpiries(): Promise<void> {
    for (const [room, all] of this.found.ending) {
      const ttlMs = room === 'unique' ? this.options.uniqueWindowMs : SHORT_TTL_MS;
      for (const keys of slicesOf(all, KEYS_A_CALL)) {
        const left = (await this.runner.run('read-expiries', keys, [])) as number[];
        this.report('keys', keys.length);
        keys.forEach((key, at) => {
          if (left[at] !== -1) return;
          this.observations.push({ check: 'endless-key', name: key });
          this.repairs.push({ check: 'endless-key', partition: this.partition, type: 'expiry', key, ttlMs });
        });
      }
    }
  }

  private report(step: DoctorProgress['step'], done: number): void {
    this.control.signal?.throwIfAborted();
    this.control.onProgress?.({ step, done });
  }
}
