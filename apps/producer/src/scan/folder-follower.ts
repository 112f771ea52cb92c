import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FileIntake, SeenFile } from './file-intake.js';
import type { FileMatcher } from './file-matcher.js';
import { identify, isFolder } from './file-system.js';
import { FolderWalk } from './folder-walk.js';
import { FolderWatch } from './folder-watch.js';
import { inBatches } from './in-batches.js';
import { type DueLook, PendingPaths } from './pending-paths.js';
import { ScanReport } from './scan-report.js';
import { remedyOf } from './watch-trouble.js';

/** Files looked at, and jobs enqueued, together: what a walk holds in memory. */
const BATCH_SIZE = 200;
/** How often the loop turns when nothing is due. */
const TURN_MS = 200;
/** The kernel holds 16,384 events and drops the rest without a word; so many hints in one turn may have been more. */
const HINTS_MAYBE_LOST = 8_192;

/** What to follow, and how. */
export interface FollowRules {
  /** As configured: it may be a link to the folder. */
  readonly scanDir: string;
  readonly matcher: FileMatcher;
  readonly followSymlinks: boolean;
  readonly stableForMs: number;
  readonly rescanIntervalMs: number;
}

/**
 * Follows a folder until the process stops. The watch hints at paths, two looks find that a file is no longer written, and
 * walks of the whole folder, at the beginning and from time to time, find what the system did not tell. All of it waits
 * together under the rate limit, so hints pile up as paths, in bounded number. Nothing is kept on disk: a restart walks, and
 * the unique keys tell what is new.
 */
export class FolderFollower {
  private readonly logger = new Logger(FolderFollower.name);
  private readonly pending: PendingPaths;
  private folder: { readonly root: string; readonly id: string } | undefined;
  private watch?: FolderWatch;
  private trouble?: Error;
  private hints = 0;
  private rescanAtMs = Infinity;
  private report = new ScanReport();

  constructor(
    private readonly rules: FollowRules,
    private readonly intake: FileIntake,
    private readonly signal: AbortSignal,
    /** Called when something was done: after a walk, and at the end. */
    private readonly announce: (report: ScanReport, root: string) => void,
  ) {
    this.pending = new PendingPaths(rules.stableForMs);
  }

  /** Watches first, then scans: what happens meanwhile is looked at again. @returns when the scan is done. */
  async scan(report: ScanReport): Promise<void> {
    this.folder = await identify(this.rules.scanDir);
    if (this.folder !== undefined) await this.attach(this.folder.root, report, report);
  }

  /** @throws AbortError when the process stops; anything else is logged, and the following goes on. */
  async follow(): Promise<never> {
    for (;;) {
      try {
        await this.turn();
      } catch (error) {
        this.signal.throwIfAborted();
        this.logger.error('following the folder failed; all of it is walked again', error);
        this.rescanAtMs = performance.now() + this.rules.rescanIntervalMs;
      }
      await sleep(this.pending.isDue(performance.now()) ? 0 : TURN_MS, undefined, { signal: this.signal });
    }
  }

  /** Ends the watching, and announces what was done last. */
  close(): void {
    this.detach();
    this.endPeriod();
  }

  private async turn(): Promise<void> {
    await this.checkFolder();
    this.checkWatch();
    await this.lookAtDue();
    if (performance.now() < this.rescanAtMs || this.folder === undefined) return;
    await this.walk(this.folder.root);
    this.endPeriod();
  }

  private async checkFolder(): Promise<void> {
    const now = await identify(this.rules.scanDir);
    if (now?.id === this.folder?.id) return;
    this.detach();
    this.folder = now;
    if (now === undefined) return this.logger.warn(`${this.rules.scanDir} is gone; the watching waits for it`);
    this.logger.log(`${this.rules.scanDir} is another folder now; it is followed from its beginning`);
    await this.attach(now.root);
  }

  /** After an error of the watch, and after more hints than the kernel may have held, only a walk tells the truth. */
  private checkWatch(): void {
    if (this.pending.takeOverflow() || this.hints >= HINTS_MAYBE_LOST) this.rescanWithin(this.rules.stableForMs);
    this.hints = 0;
    const { trouble } = this;
    if (trouble === undefined) return;
    this.trouble = undefined;
    this.rescanWithin(this.rules.stableForMs);
    const remedy = remedyOf(trouble);
    if (remedy === undefined) return this.logger.warn(`watching had an error: ${trouble.message}`);
    this.detach();
    const everySeconds = this.rules.rescanIntervalMs / 1_000;
    this.logger.error(
      `watching ended (${trouble.message}): ${remedy}, and restart; until then the folder is walked every ${everySeconds} s`,
    );
  }

  private async attach(root: string, report = this.report, skips = new ScanReport()): Promise<void> {
    const listener = {
      onHint: (path: string) => this.onHint(path),
      onError: (error: Error) => (this.trouble = chooseWorse(this.trouble, error)),
    };
    this.watch = new FolderWatch(listener);
    await this.walk(root, report, skips);
  }

  private detach(): void {
    this.watch?.close();
    this.watch = undefined;
  }

  private onHint(path: string): void {
    if (this.signal.aborted) return;
    this.hints += 1;
    this.pending.add(path);
    if (this.rules.followSymlinks) this.rescanWithin(this.rules.stableForMs); // links may show it under other places
  }

  private rescanWithin(delayMs: number): void {
    this.rescanAtMs = Math.min(this.rescanAtMs, performance.now() + delayMs);
  }

  /** All of the folder. What is skipped was reported by the first walk, so that of later ones is not. */
  private async walk(root: string, report = this.report, skips = new ScanReport()): Promise<void> {
    this.rescanAtMs = Infinity;
    const files = this.walkOf(root, this.rules.followSymlinks, skips).files();
    for await (const batch of inBatches(files, BATCH_SIZE)) {
      await this.take(batch, report, skips);
      await this.lookAtDue();
    }
    this.rescanWithin(this.rules.rescanIntervalMs);
  }

  /** What changed a moment ago may still be written: it becomes pending. */
  private async take(paths: readonly string[], report: ScanReport, skips: ScanReport): Promise<void> {
    this.signal.throwIfAborted();
    const nowMs = Date.now();
    const files = await this.intake.look(paths, skips);
    const isFresh = ({ changedMs }: SeenFile) => nowMs - changedMs < this.rules.stableForMs;
    for (const { job } of files.filter(isFresh)) this.pending.add(job.payload.path);
    const stable = files.filter((file) => !isFresh(file));
    await this.intake.settle(stable, report);
  }

  /** Folders one after the other, then files: what is in two folders, or due itself, is taken once. */
  private async lookAtDue(): Promise<void> {
    const { folder, report } = this;
    const due = this.pending.takeDue(performance.now(), BATCH_SIZE);
    if (folder === undefined) return;
    const areFolders = await Promise.all(due.map(({ path }) => isFolder(path)));
    for (const { path } of due.filter((_look, at) => areFolders[at])) await this.lookInto(path, folder.root);
    const looks = due.filter((_look, at) => !areFolders[at]);
    const files = await Promise.all(looks.map((look) => this.lookAt(look, folder.root)));
    await this.intake.settle(
      files.filter((file) => file !== undefined),
      report,
    );
  }

  /** @returns the file, if it is as it was at the look before. */
  private async lookAt({ path, seen }: DueLook, root: string): Promise<SeenFile | undefined> {
    this.watch?.forget(path); // a folder that was here
    const place = await this.placeOf(path, root);
    const [file] = place === undefined ? [] : await this.intake.look([place], this.report);
    if (file === undefined || file.job.uniqueKey === seen) return file;
    this.pending.lookAgain(path, file.job.uniqueKey, performance.now());
    return undefined;
  }

  /** @returns the path, if the rules take it. Not if it has become a folder: another hint tells of that. */
  private async placeOf(path: string, root: string): Promise<string | undefined> {
    for await (const place of this.walkOf(root, false, this.report).files(path))
      return place === path ? path : undefined;
    return undefined;
  }

  private async lookInto(path: string, root: string): Promise<void> {
    const files = this.walkOf(root, false, this.report).files(path);
    for await (const batch of inBatches(files, BATCH_SIZE)) await this.take(batch, this.report, this.report);
  }

  /** Each folder is watched before it is read. */
  private walkOf(root: string, followSymlinks: boolean, report: ScanReport): FolderWalk {
    return new FolderWalk({ ...this.rules, root, followSymlinks }, report, (path) => this.watch?.add(path));
  }

  private endPeriod(): void {
    this.announce(this.report, this.folder?.root ?? this.rules.scanDir);
    this.report = new ScanReport();
  }
}

/** The error that ends the watching must not be lost behind one that does not. */
function chooseWorse(before: Error | undefined, error: Error): Error {
  return before !== undefined && remedyOf(before) !== undefined ? before : error;
}
