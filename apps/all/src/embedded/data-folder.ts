import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';

const REDIS_END_MS = 20_000;
const POLL_MS = 20;

/** Who uses a folder: the supervisor that took it, and the redis-server that writes to it. */
interface Holder {
  readonly supervisor: ProcessIdentity;
  readonly redis: ProcessIdentity | null;
}

/** The folder belongs to a supervisor that runs. */
class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';

  constructor(folder: string, pid: number) {
    super(`${folder} is in use by process ${pid}: stop that one, or give this one a folder of its own with --data-dir`);
  }
}

/**
 * A data folder that one supervisor at a time may use. The lock names its holder; that of a dead one is taken over, once
 * the redis-server it left behind has ended: two servers on one data folder would destroy it.
 */
export class DataFolder {
  private readonly lockFile: string;

  private constructor(readonly path: string) {
    this.lockFile = join(path, 'supervisor.lock');
  }

  /** @throws {FolderInUseError} */
  static async lock(path: string): Promise<DataFolder> {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const folder = new DataFolder(path);
    while (!folder.tryLock()) await folder.waitForDeadHolder();
    return folder;
  }

  /** Names the server in the lock, so that whoever takes it over waits for that one too. */
  recordRedis(pid: number): void {
    renameSync(this.write({ supervisor: identify(process.pid)!, redis: identify(pid) ?? null }), this.lockFile);
  }

  unlock(): void {
    rmSync(this.lockFile, { force: true });
  }

  // A link appears with its content or not at all, so nobody reads half a lock.
  private tryLock(): boolean {
    const own = this.write({ supervisor: identify(process.pid)!, redis: null });
    try {
      linkSync(own, this.lockFile);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(own, { force: true });
    }
  }

  private async waitForDeadHolder(): Promise<void> {
    const text = this.read();
    if (text === undefined) return;
    const holder = JSON.parse(text) as Holder;
    if (isRunning(holder.supervisor)) throw new FolderInUseError(this.path, holder.supervisor.pid);
    if (holder.redis) await this.endRedis(holder.redis);
    this.removeStale(text);
  }

  private async endRedis(redis: ProcessIdentity): Promise<void> {
    const givesUpAt = performance.now() + REDIS_END_MS;
    if (isRunning(redis)) process.kill(redis.pid, 'SIGTERM');
    while (isRunning(redis)) {
      if (performance.now() > givesUpAt) throw new FolderInUseError(this.path, redis.pid);
      await sleep(POLL_MS);
    }
  }

  // Two may find the holder dead; the slower one must not remove the lock that the faster one has taken since.
  private removeStale(seen: string): void {
    const aside = `${this.lockFile}.stale.${process.pid}`;
    try {
      renameSync(this.lockFile, aside);
      if (readFileSync(aside, 'utf8') !== seen) linkSync(aside, this.lockFile);
    } catch (error) {
      if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code!)) throw error;
    } finally {
      rmSync(aside, { force: true });
    }
  }

  private write(holder: Holder): string {
    const own = `${this.lockFile}.${process.pid}`;
    writeFileSync(own, JSON.stringify(holder), { mode: 0o600 });
    return own;
  }

  private read(): string | undefined {
    try {
      return readFileSync(this.lockFile, 'utf8');
    } catch {
      return undefined;
    }
  }
}
