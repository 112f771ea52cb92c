import { type FSWatcher, watch } from 'chokidar';
import type { Stats } from 'node:fs';
import { join, relative } from 'node:path';

/** What a watch tells. */
export interface WatchListener {
  /** Something happened at this path, or in this folder: it may be new, changed or gone. */
  onHint(path: string): void;
  onError(error: Error): void;
}

/**
 * Hears of what happens in a folder and below. It watches folders, not files: one inotify watch a folder, and no memory for
 * the files in it. It only hints; what is at a path, and whether to take it, is for the walk to say.
 */
export class FolderWatch {
  private constructor(private readonly watcher: FSWatcher) {}

  /**
   * Settles when all folders that are there now are watched, so a walk that begins afterwards leaves no gap; or on abort.
   *
   * @param prunes - of a place below the root: not to be watched.
   */
  static async start(
    root: string,
    prunes: (place: string) => boolean,
    listener: WatchListener,
    signal: AbortSignal,
  ): Promise<FolderWatch> {
    const isIgnored = (path: string, stats?: Stats) =>
      (stats !== undefined && !stats.isDirectory()) || prunes(relative(root, path));
    const watcher = watch('.', {
      cwd: root, // a path given as such may not hold a backslash
      ignored: isIgnored,
      ignoreInitial: true,
      followSymlinks: false, // a link that may be followed leads to what is watched under its real path
      ignorePermissionErrors: true, // the walk reports what may not be read
    });
    watcher.on('raw', (_event, name: string | null, details) =>
      listener.onHint(join((details as { watchedPath: string }).watchedPath, name ?? '')),
    );
    watcher.on('error', (error) => listener.onError(error as Error));
    await new Promise<void>((goOn) => {
      watcher.once('ready', goOn);
      signal.addEventListener('abort', () => goOn(), { once: true });
    });
    return new FolderWatch(watcher);
  }

  async close(): Promise<void> {
    await this.watcher.close();
  }
}
