import { Inject, Injectable } from '@nestjs/common';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { QueueKeys } from '../redis/queue-keys.js';
import { ScriptRunner } from '../redis/script-runner.js';
import { pairsOf } from './reply.js';

/** Most entries one read returns. */
export const AUDIT_READ_LIMIT = 1_000;

/** An entry of the audit trail. */
export interface AuditEntry {
  readonly id: string;
  /** When it was written, ms, Redis clock. */
  readonly atMs: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** The trail of what operators did: written by the same Redis that they change, and kept there within bounds. */
@Injectable()
export class AuditService {
  private readonly key: string;

  constructor(
    private readonly runner: ScriptRunner,
    @Inject(QUEUE_OPTIONS) { prefix }: QueueOptions,
  ) {
    this.key = new QueueKeys(prefix, 0).audit;
  }

  /**
   * Adds an entry, also when Redis is over its memory limit.
   *
   * @param most - entries that are kept, about: the oldest go.
   * @throws {RedisRefusedError} it is not written: the caller must not go on.
   * @throws {RedisUnavailableError} nobody knows whether it is written: the caller must not go on.
   */
  async append(fields: Readonly<Record<string, string>>, most: number): Promise<void> {
    await this.runner.run('append-audit', [this.key], [String(most), ...Object.entries(fields).flat()]);
  }

  /** @returns the newest entries, the newest first, at most {@link AUDIT_READ_LIMIT}. */
  async latest(count: number): Promise<AuditEntry[]> {
    const most = Math.min(count, AUDIT_READ_LIMIT);
    const reply = (await this.runner.run('read-audit', [this.key], [String(most)])) as [string, string[]][];
    return reply.map(([id, texts]) => ({
      id,
      atMs: Number(id.split('-')[0]),
      fields: Object.fromEntries(pairsOf(texts)),
    }));
  }
}
