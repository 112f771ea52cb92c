import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import type { PayloadClass } from './payload-check.js';

/** Metadata key under which a class says which kind it handles. */
export const JOB_HANDLER = Symbol('JOB_HANDLER');

/** What a handler says about all its jobs. */
export interface JobHandlerOptions {
  /**
   * A class with rules of class-validator. The handler gets an instance of it; a payload that breaks a rule, or has a field the
   * class does not know, is buried with the reason `invalid-payload` before the handler starts.
   */
  readonly payload?: PayloadClass;
  /** For jobs that bring no timeout of their own; default `worker.job_timeout`. */
  readonly timeoutMs?: number;
  /** Jobs of this kind that one process runs at once; those beyond are postponed without an attempt. Default: no limit. */
  readonly concurrency?: number;
}

/** What {@link JobHandler} stores on a class. */
export interface JobHandlerMetadata extends JobHandlerOptions {
  readonly kind: string;
}

/** Makes a provider the handler of one kind of job. It is found in any imported module; two for one kind stop the boot. */
export function JobHandler(kind: string, options: JobHandlerOptions = {}): ClassDecorator {
  return applyDecorators(Injectable(), SetMetadata(JOB_HANDLER, { kind, ...options } satisfies JobHandlerMetadata));
}
