import { WorkerConfig } from '@app/config';
import { type Job, type JobContext, JobHandler, type JobHandlerContract } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { digestFile } from '../files/digest-file.js';
import { mediaTypeOf } from '../files/media-type.js';
import { openBelow } from '../files/open-below.js';
import { RunReport } from '../run-report.js';
import { FileDigestPayload } from './file-digest.payload.js';

/** What is stored as the outcome of the job. */
export interface FileDigestResult {
  /** Hexadecimal, lower case, as `sha256sum` prints it. */
  readonly sha256: string;
  readonly bytes: number;
  /** By content first, by extension where the content leaves it open. */
  readonly mediaType: string;
}

/**
 * Reads a file below `worker.file_digest.roots` once, as a stream. A missing file, a path outside the roots and anything
 * that is no regular file are unrecoverable; whatever else the file system says, a permission error too, is retried.
 */
@Injectable()
@JobHandler('file.digest', { payload: FileDigestPayload })
export class FileDigestHandler implements JobHandlerContract<FileDigestPayload, FileDigestResult> {
  constructor(
    private readonly config: WorkerConfig,
    private readonly runReport: RunReport,
  ) {}

  async handle(job: Job<FileDigestPayload>, context: JobContext): Promise<FileDigestResult> {
    const { path } = job.payload;
    this.runReport.label(job.id, path);
    const file = await openBelow(this.config.fileDigest.roots, path);
    try {
      const { sha256, bytes, head } = await digestFile(file, context.signal);
      return { sha256, bytes, mediaType: await mediaTypeOf({ head, bytes, path }) };
    } finally {
      await file.close();
    }
  }
}
