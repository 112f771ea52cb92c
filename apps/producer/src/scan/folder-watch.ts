import { watch, type FSWatcher } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { identify } from './file-system.js';

/** What a watch tells. */
export interface WatchListener {
  /** Something happened at this path, or in this folder: it may be new, changed or gone. */
  onHint(path: string): void;
  onError(error: Error): void;
}

/** Which folder a path led to when it was watched; without a watcher when the system refused. */
interface Watched {
  readonly id: string;
  readonly watcher?: FSWatcher;
}

/** Whoever reads the folder meets these, too, and reports them. */
const MET_BY_READERS: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'EPERM']);

/**
 * Hears of what happens in folders, each watched by itself: one inotify watch a folder, and nothing for the files in it. It
 * only hints; what is at a path, and whether to take it, is for the walk to say. The walk watches each folder before it
 * reads it, so whatever comes later is heard of: no file and no folder falls in between.
 */
export class FolderWatch {
  private readonly folders = new Map<string, Watched>();

  constructor(private readonly listener: WatchListener) {}

  /**
   * Watches the folder from now on; again, when there is another one under this path. One that the system refuses to watch
   * is told of once.
   *
   * @param path - real; a link is not watched
   */
  async add(path: string): Promise<void> {
    const folder = await identify(path);
    if (folder?.root !== path || this.folders.get(path)?.id === folder.id) return;
    this.forget(path);
    try {
      this.folders.set(path, { id: folder.id, watcher: this.watch(path) });
    } catch (error) {
      if (MET_BY_READERS.has((error as NodeJS.ErrnoException).code)) return;
      this.folders.set(path, { id: folder.id });
      this.listener.onError(error as Error);
    }
  }

  /** Of a folder that went: it and all below is watched no more. Nothing, if it was not watched. */
  forget(path: string): void {
    if (!this.folders.has(path)) return;
    for (const [folder, { watcher }] of this.folders) {
      if (folder !== path && !folder.startsWith(path + sep)) continue;
      watcher?.close();
      this.folders.delete(folder);
    }
  }

  close(): void {
    for (const { watcher } of this.folders.values()) watcher?.close();
    this.folders.clear();
  }

  private watch(path: string): FSWatcher {
    const watcher = watch(path);
    watcher.on('change', (event, name) => this.hear(path, event, name as string | null));
    watcher.on('error', (error) => {
      this.forget(path);
      this.listener.onError(error);
    });
    return watcher;
  }

  /** A folder that went, or went elsewhere, is told of under its own name. Whoever finds one there watches it anew. */
  private hear(path: string, event: string, name: string | null): void {
    if (event === 'rename' && name === basename(path)) {
      this.forget(path);
      this.listener.onHint(path);
    }
    this.listener.onHint(join(path, name ?? ''));
  }
}
