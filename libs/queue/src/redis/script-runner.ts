import { Inject, Injectable } from '@nestjs/common';
import { PartitionMismatchError } from '../errors/partition-mismatch.error.js';
import { RedisUnavailableError } from '../errors/redis-unavailable.error.js';
import { ScriptContractError } from '../errors/script-contract.error.js';
import { QueueEvents } from '../events/queue-events.js';
import type { QueueOptions } from '../queue.options.js';
import { QUEUE_OPTIONS } from '../queue.tokens.js';
import { classifyFailure } from './call-fate.js';
import { QueueKeys } from './queue-keys.js';
import { RedisConnections, type ScriptConnection } from './redis-connections.js';
import { SCRIPTS, type ScriptName } from './script-catalog.js';

/** What this build writes. A newer number means keys that this build cannot read. */
const SCHEMA = 1;

/**
 * Runs a script once, with a deadline. It never resends: only the caller knows whether that is safe. A script that Redis
 * does not know (restart, SCRIPT FLUSH) is sent as text in the same call. One that only reads is sent as such (EVALSHA_RO), so
 * that a Redis user may be allowed to read its keys and no more. Before the first one it compares schema and
 * partition count with what Redis holds, so that an app with another count can touch nothing.
 */
@Injectable()
export class ScriptRunner {
  private isAdmitted = false;

  constructor(
    private readonly connections: RedisConnections,
    private readonly events: QueueEvents,
    @Inject(QUEUE_OPTIONS) private readonly options: QueueOptions,
  ) {}

  /**
   * @param deadlineMs - a reply after it is dropped; the call may be executed all the same.
   * @returns the reply as Redis gave it.
   * @throws {RedisRefusedError} Redis answered with an error; nothing was written.
   * @throws {RedisUnavailableError} `not-sent`, or `unknown`: it may have been executed, now or later.
   */
  run(
    name: ScriptName,
    keys: readonly string[],
    args: readonly string[],
    deadlineMs = this.options.redis.readTimeoutMs,
  ): Promise<unknown> {
    return this.runAs(evaluate, name, keys, args, deadlineMs);
  }

  /** Like {@link run} for bytes that may be no text: arguments are sent as they are, texts of the reply are buffers. */
  runRaw(name: ScriptName, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    return this.runAs(evaluateRaw, name, keys, args, this.options.redis.readTimeoutMs);
  }

  /**
   * Fixes schema and partition count at the very first start, compares them at every other.
   *
   * @throws {PartitionMismatchError} this app must not touch the queue.
   * @throws {RedisUnavailableError} nothing is known yet; the next call tries again.
   */
  async admit(): Promise<void> {
    const { prefix, partitions } = this.options;
    for (let partition = 0; partition < partitions; partition++) {
      const { schema, stored } = await this.readSchema(new QueueKeys(prefix, partition).control);
      if (stored !== partitions) throw new PartitionMismatchError('partitions', stored, partitions, prefix);
      if (schema > SCHEMA) throw new PartitionMismatchError('schema', schema, SCHEMA, prefix);
    }
    this.isAdmitted = true;
  }

  /** Whatever keeps the comparison from its end: the call that asked for it was not sent. */
  private async admitWithin(deadlineMs: number): Promise<void> {
    try {
      await withDeadline(this.admit(), deadlineMs);
    } catch (error) {
      if (error instanceof RedisUnavailableError) throw new RedisUnavailableError('not-sent', error.detail);
      throw error;
    }
  }

  /** What Redis holds; what this app has where nothing is held. A command of a person leaves no trace under a mistyped prefix. */
  private async readSchema(control: string): Promise<{ schema: number; stored: number }> {
    const { partitions, redis } = this.options;
    const own = [String(SCHEMA), String(partitions)];
    let facts = (await this.send(evaluate, 'read-schema', [control], [], redis.readTimeoutMs)) as string[];
    if (!facts[1] && !redis.failFast)
      facts = (await this.send(evaluate, 'handshake', [control], own, redis.readTimeoutMs)) as string[];
    return { schema: Number(facts[0] || SCHEMA), stored: Number(facts[1] || partitions) };
  }

  private async runAs<Arg extends string | Buffer>(
    call: Call<Arg>,
    name: ScriptName,
    keys: readonly string[],
    args: readonly Arg[],
    deadlineMs: number,
  ): Promise<unknown> {
    checkKeys(name, keys.length);
    if (this.isAdmitted) return this.send(call, name, keys, args, deadlineMs);
    const end = performance.now() + deadlineMs;
    await this.admitWithin(deadlineMs);
    return this.send(call, name, keys, args, Math.max(1, end - performance.now()));
  }

  private async send<Arg extends string | Buffer>(
    call: Call<Arg>,
    name: ScriptName,
    keys: readonly string[],
    args: readonly Arg[],
    deadlineMs: number,
  ): Promise<unknown> {
    const { connections, options } = this;
    const connection = options.redis.failFast ? await connections.acquire(keys[0]) : connections.pick(keys[0]);
    const startedAt = performance.now();
    let answered = false;
    // not yet in this tick: its calls share a connection and travel together, measured, that is faster than spreading them
    queueMicrotask(() => connection.inFlight++);
    try {
      const reply = await withDeadline(call(connection, name, keys, args), deadlineMs);
      answered = true;
      return reply;
    } catch (error) {
      throw classifyFailure(error);
    } finally {
      connection.inFlight--;
      if (this.events.isHeard('script.ran'))
        this.events.emit('script.ran', { script: name, durationMs: performance.now() - startedAt, answered });
    }
  }
}

function checkKeys(name: ScriptName, given: number): void {
  const { fixedKeys, hasMoreKeys } = SCRIPTS[name].header;
  if (given < fixedKeys || (given > fixedKeys && !hasMoreKeys)) {
    throw new ScriptContractError(name, `${given} keys given, ${hasMoreKeys ? 'at least ' : ''}${fixedKeys} declared`);
  }
}

/** One way to ask for a script: with texts, or with bytes. */
type Call<Arg> = (
  connection: ScriptConnection,
  name: ScriptName,
  keys: readonly string[],
  args: readonly Arg[],
) => Promise<unknown>;

async function evaluate(
  { client }: ScriptConnection,
  name: ScriptName,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const { sha1, lua, header } = SCRIPTS[name];
  const [bySha, byText] = header.isReadOnly ? (['evalsha_ro', 'eval_ro'] as const) : (['evalsha', 'eval'] as const);
  try {
    return await client[bySha](sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client[byText](lua, keys.length, ...keys, ...args);
  }
}

async function evaluateRaw(
  { client }: ScriptConnection,
  name: ScriptName,
  keys: readonly string[],
  args: readonly (string | Buffer)[],
): Promise<unknown> {
  const { sha1, lua, header } = SCRIPTS[name];
  const [bySha, byText] = header.isReadOnly ? ['EVALSHA_RO', 'EVAL_RO'] : ['EVALSHA', 'EVAL'];
  try {
    return await client.callBuffer(bySha, sha1, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.callBuffer(byText, lua, keys.length, ...keys, ...args);
  }
}

/** Waits no longer than this for a reply. @throws {RedisUnavailableError} `unknown`, at the deadline. */
export function withDeadline<T>(call: Promise<T>, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new RedisUnavailableError('unknown', `no reply within ${deadlineMs} ms`)),
      deadlineMs,
    );
    call.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
