import { fileKey } from './file-key.js';
import { readVersion, skipReasonOf } from './file-system.js';
import type { KnownFiles } from './known-files.js';
import type { FileJob, ScanEnqueuer } from './scan-enqueuer.js';
import type { ScanReport } from './scan-report.js';

/** Which jobs are made of files. */
export interface FileJobRules {
  readonly kind: string;
  readonly queueOf: (path: string) => string;
}

/** A file as it was a moment ago, and its job. */
export interface SeenFile {
  readonly job: FileJob & { readonly uniqueKey: string };
  /** When content, name or permissions changed last, ms since the Unix epoch, on the clock of the file system. */
  readonly changedMs: number;
}

/** Makes jobs of files, and settles them. */
export class FileIntake {
  constructor(
    private readonly rules: FileJobRules,
    /** Makes one that counts into this report. */
    private readonly enqueuerFor: (report: ScanReport) => Pick<ScanEnqueuer, 'settle'>,
    private readonly known?: KnownFiles,
  ) {}

  /** @returns nothing for what cannot be taken, which goes to the report, and for what this process settled before. */
  async look(paths: readonly string[], report: ScanReport): Promise<SeenFile[]> {
    const seen = await Promise.all(paths.map((path) => this.lookAt(path, report)));
    return seen.filter((file) => file !== undefined).filter(({ job }) => !this.known?.has(job.uniqueKey));
  }

  /** Returns when Redis has them all: the wait under the rate limit is here. @throws AbortError when the process stops. */
  async settle(files: readonly SeenFile[], report: ScanReport): Promise<void> {
    if (files.length === 0) return;
    for (const _file of files) report.addFound();
    await this.enqueuerFor(report).settle(files.map(({ job }) => job));
    for (const { job } of files) this.known?.add(job.uniqueKey);
  }

  private async lookAt(path: string, report: ScanReport): Promise<SeenFile | undefined> {
    const { kind, queueOf } = this.rules;
    try {
      const { changedMs, ...version } = await readVersion(path);
      return { job: { kind, queue: queueOf(path), payload: { path }, uniqueKey: fileKey(kind, version) }, changedMs };
    } catch (error) {
      const { reason, detail } = skipReasonOf(error);
      report.addSkipped(reason, path, detail);
      return undefined;
    }
  }
}
