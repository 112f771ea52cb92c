import picomatch from 'picomatch';

/** Which files of the folder become jobs. Paths are relative to the scanned folder, with `/`. */
export interface FileMatcher {
  /** Included and not excluded. */
  takes(path: string): boolean;
  /** Excluded, whatever the include globs say. */
  excludes(path: string): boolean;
  /** Nothing below this folder can be taken, so it need not be read. */
  prunes(folder: string): boolean;
}

// `dot`: a glob means hidden files too. `s`: a name may hold a newline, and `**` must match it all the same.
const OPTIONS = { dot: true, flags: 's' };
const EVERYTHING_BELOW = '/**';

/** Exclude wins over include. A folder is pruned only by an exclude glob that ends in `/**`, which is always right. */
export function createFileMatcher(includeGlobs: readonly string[], excludeGlobs: readonly string[]): FileMatcher {
  const includes = matchAny(includeGlobs);
  const excludes = matchAny(excludeGlobs);
  const prunes = matchAny(excludeGlobs.filter((glob) => glob.endsWith(EVERYTHING_BELOW)).map(withoutEnd));
  return { takes: (path) => includes(path) && !excludes(path), excludes, prunes };
}

function matchAny(globs: readonly string[]): (path: string) => boolean {
  const matchers = globs.map((glob) => picomatch(glob, OPTIONS));
  return (path) => matchers.some((matches) => matches(path));
}

function withoutEnd(glob: string): string {
  return glob.slice(0, -EVERYTHING_BELOW.length) || '**';
}
