import { randomUUID } from 'node:crypto';
import { type AuditService, RedisUnavailableError } from '@app/queue';
import { CommandEndError } from '../output/end-errors.js';
import { escapeJson } from '../output/escape.js';
import type { Access } from './scopes.js';
import type { Actor } from './actor.js';

/** What is recorded of a command besides who runs it. */
export interface AuditedCommand {
  /** `dlq requeue` */
  readonly command: string;
  readonly scope: Access;
  /** What it was aimed at: filters, a queue, an id. */
  readonly filter?: object;
  /** `--reason`: why, in the operator's words. */
  readonly reason?: string;
}

/** What a write did, in numbers. */
export type AuditCounts = Readonly<Record<string, number>>;

/** How a write ended. Without a result after its intent the process was killed midway. */
export type AuditResult = 'done' | 'incomplete' | 'failed';

const MOST_CHARACTERS = 2_048;

type Fields = Readonly<Record<string, string>>;

/** The trail of one run of one command: in Redis, and as a JSON line each on stderr for whoever collects logs. */
export class AuditTrail {
  private readonly run = randomUUID();

  constructor(
    private readonly service: Pick<AuditService, 'append'>,
    private readonly streamMaxLen: number,
    private readonly subject: AuditedCommand,
    private readonly write: (line: string) => void = (line) => void process.stderr.write(line),
  ) {}

  /** Before a write. @throws {CommandEndError} 4: it cannot be recorded, so it must not happen. */
  async intent(actor: Actor): Promise<void> {
    try {
      await this.record('intent', whoFields(actor));
    } catch (error) {
      if (error instanceof RedisUnavailableError) throw error;
      this.log('refused', { ...whoFields(actor), error: messageOf(error) });
      throw new CommandEndError(4, `nothing was changed: the audit trail cannot be written (${messageOf(error)})`);
    }
  }

  /** After a write. @throws {CommandEndError} 1: it happened, and Redis keeps no record of how it ended. */
  async result(actor: Actor, result: AuditResult, counts: AuditCounts, error?: unknown): Promise<void> {
    const why: Fields = error === undefined ? {} : { error: messageOf(error) };
    const fields: Fields = { ...whoFields(actor), result, counts: JSON.stringify(counts), ...why };
    try {
      await this.record('result', fields);
    } catch (cause) {
      this.log('result', { ...fields, audit_error: messageOf(cause) });
      throw new CommandEndError(
        1,
        `it ended (${result}), but the audit trail could not be written: ${messageOf(cause)}`,
      );
    }
  }

  /** A refusal stands, whether it can be recorded or not. */
  async refused(actor: Actor, why: string): Promise<void> {
    const fields = { ...whoFields(actor), error: why };
    try {
      await this.record('refused', fields);
    } catch (cause) {
      this.log('refused', { ...fields, audit_error: messageOf(cause) });
    }
  }

  private async record(phase: string, fields: Fields): Promise<void> {
    await this.service.append(this.entry(phase, fields), this.streamMaxLen);
    this.log(phase, fields);
  }

  private log(phase: string, fields: Fields): void {
    const head = { level: phase === 'refused' ? 'warn' : 'info', ts: new Date().toISOString(), msg: 'audit' };
    const { filter, counts, ...texts } = this.entry(phase, fields);
    const parts = { ...(filter ? { filter: parsed(filter) } : {}), ...(counts ? { counts: parsed(counts) } : {}) };
    this.write(`${escapeJson(JSON.stringify({ ...head, app: 'admin', ...texts, ...parts }))}\n`);
  }

  private entry(phase: string, fields: Fields): Fields {
    const { command, scope, filter, reason } = this.subject;
    const about = { ...(filter ? { filter: JSON.stringify(filter) } : {}), ...(reason ? { reason } : {}) };
    return bounded({ phase, run: this.run, command, scope, ...fields, ...about });
  }
}

function whoFields({ who, access, tokenId, host }: Actor): Fields {
  return { who, access, host, ...(tokenId ? { token_id: tokenId } : {}) };
}

function bounded(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, text.slice(0, MOST_CHARACTERS)]));
}

// Cut text is no JSON any more, and is told as it is.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
