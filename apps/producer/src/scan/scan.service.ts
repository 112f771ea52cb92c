import { BeforeApplicationShutdown, Injectable, Logger, OnApplicationBootstrap, OnModuleInit } from '@nestjs/common';
import { ProducerConfig, QueueConfig } from '@app/config';
import { StartError } from '@app/observability';
import { EnqueueService, RateLimiterService } from '@app/queue';
import { realpath } from 'node:fs/promises';
import { describeSummary } from './describe-summary.js';
import { FileIntake } from './file-intake.js';
import { createFileMatcher } from './file-matcher.js';
import { createFilePriority } from './file-priority.js';
import { openFolder } from './file-system.js';
import { FolderFollower } from './folder-follower.js';
import { FolderWalk } from './folder-walk.js';
import { inBatches } from './in-batches.js';
import { KnownFiles } from './known-files.js';
import { ScanEnqueuer } from './scan-enqueuer.js';
import { ScanReport, type ScanSummary } from './scan-report.js';
import { tellSupervisor } from './supervisor-channel.js';

/** Files looked at, and jobs enqueued, together: what a scan holds in memory. */
const BATCH_SIZE = 200;
const PROGRESS_INTERVAL_MS = 200;

/**
 * Scans `producer.scan_dir`, in the background, when the app has started: one job a file, under the rate limit. With
 * `producer.watch` it follows the folder from then on. A folder that is not there stops the boot; whatever is wrong inside
 * it is reported in the summary. A shutdown ends the scan after the batch under way, and the watching.
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
    const { scanDir, watch } = this.config;
    if (scanDir !== '') this.root = await realRoot(scanDir);
    else if (watch) this.logger.warn('producer.watch has no effect: producer.scan_dir is empty');
  }

  onApplicationBootstrap(): void {
    const { watch } = this.config;
    this.running = watch && this.root !== '' ? this.scanAndFollow() : this.scanOnce((report) => this.scan(report));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async scanAndFollow(): Promise<void> {
    const rules = { ...this.config, matcher: this.matcher() };
    const follower = new FolderFollower(rules, this.intake(new KnownFiles()), this.stop.signal, (report, root) =>
      this.announceFollowed(report, root),
    );
    try {
      await this.scanOnce((report) => follower.scan(report));
      await follower.follow();
    } catch (error) {
      if (!this.stop.signal.aborted) this.logger.error('the watching failed', error);
    } finally {
      follower.close();
    }
  }

  private async scanOnce(scan: (report: ScanReport) => Promise<void>): Promise<void> {
    const report = new ScanReport();
    const progress = setInterval(
      () => tellSupervisor({ type: 'scan-progress', ...report.counts() }),
      PROGRESS_INTERVAL_MS,
    );
    const isComplete = await this.isCompleted(() => scan(report));
    clearInterval(progress);
    this.announce(report.summary(this.root, isComplete));
  }

  /** @returns whether it came to its end. */
  private async isCompleted(scan: () => Promise<void>): Promise<boolean> {
    try {
      await scan();
      return true;
    } catch (error) {
      if (!this.stop.signal.aborted) this.logger.error('the scan failed', error);
      return false;
    }
  }

  private async scan(report: ScanReport): Promise<void> {
    if (this.root === '') return;
    const { followSymlinks } = this.config;
    const intake = this.intake();
    const walk = new FolderWalk({ root: this.root, matcher: this.matcher(), followSymlinks }, report);
    for await (const paths of inBatches(walk.files(), BATCH_SIZE)) {
      this.stop.signal.throwIfAborted();
      await intake.settle(await intake.look(paths, report), report);
    }
  }

  private matcher() {
    return createFileMatcher(this.config.includeGlobs, this.config.excludeGlobs);
  }

  private intake(known?: KnownFiles): FileIntake {
    const { kind, rateLimitPerSec } = this.config;
    const enqueuerFor = (report: ScanReport) =>
      new ScanEnqueuer(this.enqueue, this.limiter, rateLimitPerSec, report, this.stop.signal);
    return new FileIntake({ kind, queueOf: this.queueOf }, enqueuerFor, known);
  }

  private announce(summary: ScanSummary): void {
    const { result, skips } = describeSummary(summary);
    if (this.root !== '') this.logger.log({ msg: result, duration_ms: summary.durationMs });
    for (const skip of skips) this.logger.warn(skip);
    tellSupervisor({ type: 'scan-done', summary });
  }

  private announceFollowed(report: ScanReport, root: string): void {
    const summary = report.summary(root, true);
    const { result, skips } = describeSummary(summary, 'followed');
    if (summary.found > 0) this.logger.log({ msg: result, duration_ms: summary.durationMs });
    for (const skip of skips) this.logger.warn(skip);
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
