import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { PartitionMismatchError } from '../../errors/partition-mismatch.error.js';
import type { QueueOptions } from '../../queue.options.js';
import { QUEUE_OPTIONS } from '../../queue.tokens.js';
import { describeRedis } from '../../redis/redis-address.js';
import { RedisConnections } from '../../redis/redis-connections.js';
import { ScriptRunner } from '../../redis/script-runner.js';
import { InspectService } from '../inspect.service.js';
import { keysOfAll } from '../partitions.js';
import {
  SAMPLE_SIZE,
  type Diagnosis,
  type DoctorControl,
  type Finding,
  type Repair,
  type RepairResult,
  type Severity,
} from './finding.js';
import { surveyKeys } from './key-survey.js';
import { PartitionDoctor, type PartitionDiagnosis } from './partition-doctor.js';
import { findingsOf, versionFindings } from './queue-findings.js';
import { repairAll } from './repairs.js';
import { finding } from './server-checks.js';
import { askServer } from './server-look.js';

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];
/** Longer than a worker that took a token needs to claim, shorter than the 5 s after which idle workers look anyway. */
const TOKEN_LOOKS_APART_MS = 1_000;

type QueueDiagnosis = Pick<Diagnosis, 'findings' | 'repairs' | 'records'>;

/**
 * Looks whether the queue is as it should be, and mends what can be mended without losing a job. May be used at any time
 * beside workers and producers: each look and each repair is one short script, and what is on its way between two looks is
 * looked at again before it is called a fault.
 */
@Injectable()
export class DoctorService {
  constructor(
    private readonly runner: ScriptRunner,
    private readonly connections: RedisConnections,
    private readonly inspect: InspectService,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
  ) {}

  /**
   * Looks at everything. Reads only. Its memory grows with the jobs of the largest partition, about 150 bytes each.
   *
   * @throws {RedisUnavailableError} Redis did not answer.
   * @throws {Error} `AbortError`: its signal ended it.
   */
  async examine(control: DoctorControl = {}): Promise<Diagnosis> {
    const server = await askServer(this.connections, this.options.redis.readTimeoutMs);
    const mismatch = await this.mismatch();
    const queue = mismatch ? { findings: [mismatch], repairs: [], records: 0 } : await this.examineQueue(control);
    const { prefix, partitions, redis } = this.options;
    const findings = [...server.findings, ...queue.findings].toSorted(
      (one, other) => ORDER.indexOf(one.severity) - ORDER.indexOf(other.severity),
    );
    const where = { address: describeRedis(redis), prefix, partitions };
    return { nowMs: server.nowMs, ...where, ...queue, findings };
  }

  /**
   * Carries repairs out, one guarded step each: what is not as it was seen any more is left alone and counted. May be
   * interrupted and called again.
   */
  repair(repairs: readonly Repair[], control: DoctorControl = {}): Promise<RepairResult[]> {
    return repairAll({ runner: this.runner, keys: keysOfAll(this.options) }, repairs, control);
  }

  private async examineQueue(control: DoctorControl): Promise<QueueDiagnosis> {
    const { prefix, partitions, redis } = this.options;
    const onKeys = (done: number): void => {
      control.signal?.throwIfAborted();
      control.onProgress?.({ step: 'keys', done });
    };
    const scope = { prefix, partitions, deadlineMs: redis.readTimeoutMs };
    const survey = await surveyKeys(this.connections, scope, onKeys);
    const { workers } = await this.inspect.overview();
    const doctors = keysOfAll(this.options).map((keys, partition) => {
      const found = survey.partitions[partition]!;
      return new PartitionDoctor(this.runner, keys, partition, this.options, found, control);
    });
    const parts: PartitionDiagnosis[] = [];
    for (const doctor of doctors) parts.push(await doctor.examine());
    parts.push(await this.lostTokens(doctors));
    return {
      findings: [
        ...beyondFindings(survey.beyond, partitions),
        ...findingsOf(parts.flatMap(({ observations }) => observations)),
        ...versionFindings(workers),
      ],
      repairs: parts.flatMap(({ repairs }) => repairs),
      records: parts.reduce((sum, { records }) => sum + records, 0),
    };
  }

  /** A worker may have just taken it: missing twice, a moment apart, while nobody claimed anything. */
  private async lostTokens(doctors: readonly PartitionDoctor[]): Promise<PartitionDiagnosis> {
    const look = () => Promise.all(doctors.map((doctor) => doctor.missingTokens()));
    const first = await look();
    if (first.every(({ queues }) => queues.length === 0)) return { observations: [], repairs: [], records: 0 };
    await sleep(TOKEN_LOOKS_APART_MS);
    const second = await look();
    const lost = first.flatMap(({ claim, queues }, partition) => {
      const again = second[partition]?.claim === claim ? second[partition].queues : [];
      return queues.filter((queue) => again.includes(queue)).map((queue) => ({ partition, queue }));
    });
    return {
      observations: lost.map(({ queue }) => ({ check: 'lost-token', name: queue })),
      repairs: lost.map((each) => ({ check: 'lost-token', type: 'token', ...each })),
      records: 0,
    };
  }

  private async mismatch(): Promise<Finding | undefined> {
    try {
      await this.runner.admit();
      return undefined;
    } catch (error) {
      if (!(error instanceof PartitionMismatchError)) throw error;
      return finding('partition-count', 'error', error.message, 'nothing else was looked at');
    }
  }
}

function beyondFindings(keys: readonly string[], partitions: number): Finding[] {
  if (keys.length === 0) return [];
  const what = `${keys.length} keys are of partitions beyond the ${partitions} of this queue: nobody looks there`;
  const advice = 'the count was changed with data in Redis: bring it back, drain the queue, change it then';
  const found = finding('partition-count', 'error', what, advice);
  return [{ ...found, count: keys.length, sample: keys.slice(0, SAMPLE_SIZE) }];
}
