import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SIZE = '8m';
const CHUNK = Buffer.alloc(4_096);

/** A folder on a disk of its own that is soon full. */
export class SmallDisk {
  private constructor(readonly dir: string) {}

  /** Needs root. Returns why it cannot be had, in words, where it cannot. The caller closes it. */
  static mount(): SmallDisk | string {
    const dir = mkdtempSync(join(tmpdir(), 'queue-small-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=0700`, 'tmpfs', dir], { stdio: 'pipe' });
      return new SmallDisk(dir);
    } catch (error) {
      rmSync(dir, { recursive: true });
      return `no tmpfs could be mounted (it needs root): ${(error as Error).message.trim().split('\n').at(-1)}`;
    }
  }

  /** Takes every byte that is left. */
  fill(): void {
    const fd = openSync(this.filler, 'w');
    try {
      for (;;) writeSync(fd, CHUNK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Gives them back. */
  free(): void {
    rmSync(this.filler, { force: true });
  }

  close(): void {
    execFileSync('umount', ['--lazy', this.dir]);
    rmSync(this.dir, { recursive: true });
  }

  private get filler(): string {
    return join(this.dir, 'filler');
  }
}
