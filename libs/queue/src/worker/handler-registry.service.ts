import { Injectable } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { DuplicateKindError } from '../errors/duplicate-kind.error.js';
import { QueueError } from '../errors/queue-error.js';
import { isKind } from '../job/job-rules.js';
import type { JobHandlerContract } from './job-handler.js';
import { JOB_HANDLER, type JobHandlerMetadata } from './job-handler.decorator.js';
import { KindGate } from './kind-gate.js';
import { KindLimit } from './kind-limit.js';
import { payloadCheck, type PayloadCheck } from './payload-check.js';

/** A handler and what it said about its kind. */
export interface RegisteredHandler {
  readonly handler: JobHandlerContract;
  readonly timeoutMs?: number;
  /** What each of its jobs has to pass before it starts. */
  readonly gate: KindGate;
  /** Only when the handler named a class for its payloads. */
  readonly checkPayload?: PayloadCheck;
}

/** The handlers of this process by kind. */
@Injectable()
export class HandlerRegistry {
  private readonly byKind = new Map<string, RegisteredHandler & { readonly className: string }>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly reflector: Reflector,
  ) {}

  /**
   * Finds every class that carries `@JobHandler`.
   *
   * @throws {DuplicateKindError} two classes handle one kind.
   * @throws {QueueError} what a class says about its kind cannot be.
   */
  collect(): void {
    for (const { instance, metatype } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function' || !instance) continue;
      const metadata = this.reflector.get<JobHandlerMetadata | undefined>(JOB_HANDLER, metatype);
      if (metadata) this.register(metadata, metatype.name, instance as JobHandlerContract);
    }
  }

  find(kind: string): RegisteredHandler | undefined {
    return this.byKind.get(kind);
  }

  /** Every kind that can be run here. */
  kinds(): string[] {
    return [...this.byKind.keys()];
  }

  private register(metadata: JobHandlerMetadata, className: string, handler: JobHandlerContract): void {
    const { kind, timeoutMs, payload } = metadata;
    check(isKind(kind), metadata, className, 'a kind is lower case letters, digits, ".", "_" and "-"');
    const known = this.byKind.get(kind);
    if (known?.handler === handler) return;
    if (known) throw new DuplicateKindError(kind, known.className, className);
    const gate = gateOf(metadata, className);
    const checkPayload = payload && payloadCheck(payload);
    this.byKind.set(kind, { handler, timeoutMs, gate, checkPayload, className });
  }
}

function gateOf({ kind, concurrency, ...others }: JobHandlerMetadata, className: string): KindGate {
  const isLimit = concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1);
  check(isLimit, { kind, ...others }, className, `concurrency is ${concurrency}, expected a whole number from 1`);
  return new KindGate(concurrency === undefined ? undefined : new KindLimit(concurrency));
}

function check(holds: boolean, { kind }: JobHandlerMetadata, className: string, expected: string): void {
  if (!holds)
    throw new QueueError('invalid-options', `@JobHandler(${JSON.stringify(kind)}) on ${className}: ${expected}`);
}
