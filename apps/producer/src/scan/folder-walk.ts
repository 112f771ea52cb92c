import { isUtf8 } from 'node:buffer';
import type { Dir, Dirent, Stats } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { FileMatcher } from './file-matcher.js';
import { isBelow, openFolder, skipReasonOf } from './file-system.js';
import type { ScanReport } from './scan-report.js';

/** Folders below the root that are open at once; deeper ones are reported, not read. */
export const MAX_DEPTH = 64;
/** A scan ends after this many names. */
const MAX_ENTRIES = 10_000_000;
/** Links to folders that are followed inside each other. */
const MAX_LINKS_NESTED = 8;

/** What decides which names the walk yields. */
export interface WalkRules {
  /** Real path. */
  readonly root: string;
  readonly matcher: FileMatcher;
  /** Never out of the root. */
  readonly followSymlinks: boolean;
}

/** A folder that is being read. `place` is its path below the root as the globs see it; '' for the root itself. */
interface OpenFolder {
  readonly path: string;
  readonly place: string;
  /** Links that led here, one inside the other. */
  readonly links: number;
  readonly dir: Dir;
}

type EntryType = Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>;

/**
 * Walks a folder depth first and yields the absolute real paths of what the globs take. Memory depends on the depth,
 * not on the number of files. What cannot be taken goes to the report; no entry ends the walk.
 */
export class FolderWalk {
  private readonly open: OpenFolder[] = [];
  private entries = 0;

  constructor(
    private readonly rules: WalkRules,
    private readonly report: ScanReport,
    /** Called before a folder is read, by its real path. */
    private readonly beforeFolder: (path: string) => Promise<void> | undefined = () => undefined,
  ) {}

  /** @param start - where to begin: the root, or one file or folder below it, which the same rules may leave out. */
  async *files(start = this.rules.root): AsyncGenerator<string, void, undefined> {
    try {
      const first = await this.begin(start);
      if (first !== undefined) yield first;
      for (let folder = this.open.at(-1); folder !== undefined; folder = this.open.at(-1)) {
        const entry = await this.nextEntry(folder);
        const path = entry === null ? await this.leave() : await this.look(folder, entry);
        if (path !== undefined) yield path;
        if (this.entries >= MAX_ENTRIES) return this.report.addSkipped('too-many-entries', folder.path);
      }
    } finally {
      while (this.open.length > 0) await this.leave();
    }
  }

  private async begin(start: string): Promise<string | undefined> {
    if (start === this.rules.root) return this.enter(start, '');
    const place = relative(this.rules.root, start);
    const folders = foldersAbove(place);
    if (folders.length > MAX_DEPTH || folders.some((folder) => this.rules.matcher.prunes(folder))) return undefined;
    try {
      const isReal = (await realpath(dirname(start))) === dirname(start);
      return isReal ? await this.take(await lstat(start), start, place) : undefined;
    } catch (error) {
      if (skipReasonOf(error).reason !== 'vanished') this.skip(start, error);
      return undefined;
    }
  }

  /** `null` at the end of the folder, also when its rest cannot be read. */
  private async nextEntry(folder: OpenFolder): Promise<Dirent | null> {
    try {
      return await folder.dir.read();
    } catch (error) {
      this.skip(folder.path, error);
      return null;
    }
  }

  /** @returns the path to yield, if this is a file to take. */
  private async look(folder: OpenFolder, entry: Dirent): Promise<string | undefined> {
    this.entries += 1;
    const name = entry.name as unknown as Buffer;
    if (!isUtf8(name)) {
      this.report.addSkipped('not-utf8', Buffer.concat([Buffer.from(`${folder.path}/`), name]));
      return undefined;
    }
    const path = join(folder.path, name.toString());
    const place = folder.place === '' ? name.toString() : `${folder.place}/${name.toString()}`;
    try {
      return await this.take(await typeOf(entry, path), path, place);
    } catch (error) {
      this.skip(path, error);
      return undefined;
    }
  }

  private async take(type: EntryType, path: string, place: string): Promise<string | undefined> {
    if (type.isDirectory()) return this.enter(path, place);
    if (type.isSymbolicLink()) return this.follow(path, place);
    if (!this.rules.matcher.takes(place)) this.report.addExcluded();
    else if (type.isFile()) return path;
    else this.report.addSkipped('not-a-file', path);
    return undefined;
  }

  private async follow(path: string, place: string): Promise<string | undefined> {
    if (this.rules.matcher.excludes(place)) this.report.addExcluded();
    else if (!this.rules.followSymlinks) this.report.addSkipped('symlink', path);
    else return this.takeTarget(path, place);
    return undefined;
  }

  private async takeTarget(path: string, place: string): Promise<string | undefined> {
    const target = await realpath(path).catch(() => undefined);
    if (target !== undefined && isBelow(target, this.rules.root)) {
      const type = await lstat(target);
      return type.isDirectory() ? this.enterTarget(target, path, place) : this.take(type, target, place);
    }
    this.report.addSkipped(target === undefined ? 'symlink-broken' : 'symlink-outside', path);
    return undefined;
  }

  /** A target around a folder that is open would lead back here for ever. */
  private async enterTarget(target: string, path: string, place: string): Promise<undefined> {
    const links = (this.open.at(-1)?.links ?? 0) + 1;
    if (this.open.some((folder) => isBelow(folder.path, target))) this.report.addSkipped('symlink-circle', path);
    else if (links > MAX_LINKS_NESTED) this.report.addSkipped('too-deep', path);
    else await this.enter(target, place, links);
  }

  private async enter(path: string, place: string, links = this.open.at(-1)?.links ?? 0): Promise<undefined> {
    if (place !== '' && this.rules.matcher.prunes(place)) return;
    if (depthOf(place) > MAX_DEPTH) {
      this.report.addSkipped('too-deep', path);
      return;
    }
    try {
      await this.beforeFolder(path);
      this.open.push({ path, place, links, dir: await openFolder(path) });
    } catch (error) {
      this.skip(path, error);
    }
  }

  private async leave(): Promise<undefined> {
    await this.open.pop()?.dir.close();
  }

  private skip(path: string, error: unknown): void {
    const { reason, detail } = skipReasonOf(error);
    this.report.addSkipped(reason, path, detail);
  }
}

function depthOf(place: string): number {
  return place.split(sep).length;
}

/** `a/b/c` lies in `a` and in `a/b`. */
function foldersAbove(place: string): string[] {
  const names = place.split(sep).slice(0, -1);
  return names.map((_name, index) => names.slice(0, index + 1).join(sep));
}

/** Some file systems do not say the type when a folder is read. */
function typeOf(entry: Dirent, path: string): EntryType | Promise<EntryType> {
  const isKnown =
    entry.isFile() ||
    entry.isDirectory() ||
    entry.isSymbolicLink() ||
    entry.isFIFO() ||
    entry.isSocket() ||
    entry.isCharacterDevice() ||
    entry.isBlockDevice();
  return isKnown ? entry : lstat(path);
}
