import { Injectable } from '@nestjs/common';
import { DiscoveryService, Reflector } from '@nestjs/core';
import { DuplicateKindError } from '../errors/duplicate-kind.error.js';
import { QueueError } from '../errors/queue-error.js';
import { isKind } from '../job/job-rules.js';
import type { JobHandlerContract } from './job-handler.js';
import { JOB_HANDLER, type JobHandlerMetadata } from './job-handler.decorator.js';

/** A handler and what it said about its kind. */
export interface RegisteredHandler {
  readonly handler: JobHandlerContract;
  readonly timeoutMs?: number;
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

  kinds(): string[] {
    return [...this.byKind.keys()];
  }

  private register({ kind, timeoutMs }: JobHandlerMetadata, className: string, handler: JobHandlerContract): void {
    if (!isKind(kind))
      throw new QueueError(
        'invalid-options',
        `@JobHandler(${JSON.stringify(kind)}) on ${className}: a kind is lower case letters, digits, ".", "_" and "-"`,
      );
    const known = this.byKind.get(kind);
    if (known && known.handler !== handler) throw new DuplicateKindError(kind, known.className, className);
    this.byKind.set(kind, { handler, timeoutMs, className });
  }
}
