import { AuditService } from '@app/queue';
import { CommandEndError } from '../output/end-errors.js';
import { writeNote } from '../output/report-error.js';
import type { CommandCall } from '../program-options.js';
import type { Actor } from './actor.js';
import { type AuditCounts, AuditTrail } from './audit-trail.js';
import { AccessRefusedError, admit, isUnguarded } from './gate.js';
import { type OpenQueue, type Opened, readable } from './open-queue.js';
import type { Scope } from './scopes.js';

/** A write as it is asked for. */
export interface WriteRequest {
  readonly scope: Scope;
  /** What it is aimed at: filters, a queue, an id. Recorded; never a payload. */
  readonly filter?: object;
  /** `--reason`. Recorded. */
  readonly reason?: string;
  /** Only shows what would happen: nothing is written, not even the trail. */
  readonly dryRun?: boolean;
  /** Asks the operator, after access was granted and before anything is recorded or changed; not in a dry run. Throws when they do not consent. */
  readonly confirm?: (queue: OpenQueue) => Promise<void>;
}

/** What a write returns, at the least: its numbers for the audit trail, and false when it was ended before its end. */
export interface Audited {
  readonly counts: AuditCounts;
  readonly isComplete?: boolean;
}

/** Who was let in, and the trail of what they do. */
export interface Grant {
  readonly actor: Actor;
  readonly trail: AuditTrail;
}

/** Lets the caller in, or records that it did not. @throws {AccessRefusedError} the caller may not. */
export async function granted({ config, context }: Opened, call: CommandCall, request: WriteRequest): Promise<Grant> {
  const { scope, filter, reason, dryRun = false } = request;
  const subject = { command: call.command, scope, filter, reason };
  const trail = new AuditTrail(context.get(AuditService), config.admin.audit.streamMaxLen, subject);
  const asked = { scope, dryRun, tokenFile: call.tokenFile };
  try {
    const actor = await admit(config.admin.access, asked);
    if (actor.access === 'off' && isUnguarded(asked))
      writeNote(`admin.access.mode is off: nobody checks who does this; it is recorded as ${actor.who}`);
    return { actor, trail };
  } catch (error) {
    if (error instanceof AccessRefusedError) await trail.refused(error.actor, error.message);
    throw error;
  }
}

/** Asks the operator; a no is recorded. @throws {CommandEndError} they do not consent. */
export async function consented(open: Opened, { confirm }: WriteRequest, { actor, trail }: Grant): Promise<void> {
  try {
    await confirm?.(readable(open));
  } catch (error) {
    if (error instanceof CommandEndError && error.exitCode === 4) await trail.refused(actor, error.message);
    throw error;
  }
}

/** Does the work between its intent and its result. @throws {CommandEndError} 4: the intent cannot be recorded; nothing was done. */
export async function recorded<T extends Audited>({ actor, trail }: Grant, work: () => Promise<T>): Promise<T> {
  await trail.intent(actor);
  const done = await work().catch(async (error: unknown) => {
    // The cause of the failure says more than that it could not be recorded either.
    await trail.result(actor, 'failed', {}, error).catch(() => undefined);
    throw error;
  });
  await trail.result(actor, done.isComplete === false ? 'incomplete' : 'done', done.counts);
  return done;
}
