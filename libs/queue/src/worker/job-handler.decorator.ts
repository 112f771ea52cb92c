import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';

/** Metadata key under which a class says which kind it handles. */
export const JOB_HANDLER = Symbol('JOB_HANDLER');

/** What a handler says about all its jobs. */
export interface JobHandlerOptions {
  /** For jobs that bring no timeout of their own; default `worker.job_timeout`. */
  readonly timeoutMs?: number;
}

/** What {@link JobHandler} stores on a class. */
export interface JobHandlerMetadata extends JobHandlerOptions {
  readonly kind: string;
}

/** Makes a provider the handler of one kind of job. It is found in any imported module; two for one kind stop the boot. */
export function JobHandler(kind: string, options: JobHandlerOptions = {}): ClassDecorator {
  return applyDecorators(Injectable(), SetMetadata(JOB_HANDLER, { kind, ...options } satisfies JobHandlerMetadata));
}
