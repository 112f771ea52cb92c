import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { ProducerConfig, QueueConfig } from '@app/config';
import { StartError } from '@app/observability';
import { EnqueueService, RateLimiterService } from '@app/queue';
import { realpath } from 'node:fs/promises';
import { describeSummary } from './describe-summary.js';
import { fileKey } from './file-key.js';
import { createFileMatcher } from './file-matcher.js';
import { createFilePriority } from './file-priority.js';
import { openFolder, readVersion, skipReasonOf } from './file-system.js';
import { FolderWalk } from './folder-walk.js';
import { type FileJob, ScanEnqueuer } from './scan-enqueuer.js';
import { ScanReport, type ScanSummary } from './scan-report.js';
import { tellSupervisor } from './supervisor-channel.js';

/** Files looked at, and jobs enqueued, together: what a scan holds in memory. */
const BATCH_SIZE = 200;
const PROGRESS_INTERVAL_MS = 200;

/**
 * Scans `producer.scan_dir` once, in the background, when the app has started: one job a file, under the rate limit.
 * A folder that is not there stops the boot; whatever is wrong inside it is reported in the summary. A shutdown ends the
 * scan after the batch under way.
 */
@Injectable()
export class ScanService implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ScanService.name);
  private readonly stop = new AbortController();
  private readonly queueOf: (path: string) => string;
  private root = '';
  private running?: Promise<void>;

  constructor(
    private readonly config: ProducerConfig,
    queues: QueueConfig,
    private readonly enqueue: EnqueueService,
    private readonly limiter: RateLimiterService,
  ) {
    this.queueOf = createFilePriority({
      highExts: config.highPriorityExts,
      highQueue: queues.names[0]!,
      defaultQueue: config.defaultPriority,
    });
  }

  async onModuleInit(): Promise<void> {
    if (this.config.scanDir !== '') this.root = await realRoot(this.config.scanDir);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const report = new ScanReport();
    const progress = setInterval(
      () => tellSupervisor({ type: 'scan-progress', ...report.counts() }),
      PROGRESS_INTERVAL_MS,
    );
    const isComplete = this.root === '' || (await this.scan(report));
    clearInterval(progress);
    this.announce(report.summary(this.root, isComplete));
  }

  /** @returns whether it came to its end. */
  private async scan(report: ScanReport): Promise<boolean> {
    const { rateLimitPerSec } = this.config;
    const enqueuer = new ScanEnqueuer(this.enqueue, this.limiter, rateLimitPerSec, report, this.stop.signal);
    try {
      for await (const paths of inBatches(this.walk(report), BATCH_SIZE)) {
        this.stop.signal.throwIfAborted();
        const jobs = await Promise.all(paths.map((path) => this.jobOf(path, report)));
        await enqueuer.settle(jobs.filter((job) => job !== undefined));
      }
      return true;
    } catch (error) {
      if (!this.stop.signal.aborted) this.logger.error('the scan failed', error);
      return false;
    }
  }

  private walk(report: ScanReport): AsyncGenerator<string> {
    const { includeGlobs, excludeGlobs, followSymlinks } = this.config;
    const matcher = createFileMatcher(includeGlobs, excludeGlobs);
    return new FolderWalk({ root: this.root, matcher, followSymlinks }, report).files();
  }

  private async jobOf(path: string, report: ScanReport): Promise<FileJob | undefined> {
    const { kind } = this.config;
    try {
      const uniqueKey = fileKey(kind, await readVersion(path));
      report.addFound();
      return { kind, queue: this.queueOf(path), payload: { path }, uniqueKey };
    } catch (error) {
      const { reason, detail } = skipReasonOf(error);
      report.addSkipped(reason, path, detail);
      return undefined;
    }
  }

  private announce(summary: ScanSummary): void {
    const { result, skips } = describeSummary(summary);
    if (this.root !== '') this.logger.log({ msg: result, duration_ms: summary.durationMs });
    for (const skip of skips) this.logger.warn(skip);
    tellSupervisor({ type: 'scan-done', summary });
  }
}

async function realRoot(scanDir: string): Promise<string> {
  try {
    const root = await realpath(scanDir);
    await (await openFolder(root)).close();
    return root;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`producer.scan_dir: found "${scanDir}" (${code}), expected a readable folder`, {
      cause: error,
    });
  }
}

async function* inBatches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length === size) yield batch.splice(0);
  }
  if (batch.length > 0) yield batch;
}
