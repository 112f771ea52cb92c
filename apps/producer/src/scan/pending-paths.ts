/** More are not remembered one by one: a walk of the folder finds them. Some tens of megabytes. */
const MAX_PATHS = 100_000;

/** A path to look at. `seen` is what the look before found there; undefined at the first. */
export interface DueLook {
  readonly path: string;
  readonly seen: string | undefined;
}

/**
 * Paths that something happened to, each until two looks at it, `stableForMs` apart, found the same. It holds paths, never
 * contents, and each once however often it changes. Pure: the clock is passed in.
 */
export class PendingPaths {
  private readonly fresh = new Set<string>();
  /** In the order in which they are due. */
  private readonly waiting = new Map<string, { readonly seen: string; readonly dueMs: number }>();
  private isOverfull = false;

  constructor(
    private readonly stableForMs: number,
    private readonly maxPaths = MAX_PATHS,
  ) {}

  get size(): number {
    return this.fresh.size + this.waiting.size;
  }

  /** A path that is here already keeps its place: the next look sees whatever changed. */
  add(path: string): void {
    if (this.fresh.has(path) || this.waiting.has(path)) return;
    if (this.size >= this.maxPaths) this.isOverfull = true;
    else this.fresh.add(path);
  }

  /** Takes out up to `max` paths whose time has come. The caller looks at each, and hands back those that changed. */
  takeDue(nowMs: number, max: number): DueLook[] {
    const due: DueLook[] = [];
    for (const [path, { seen, dueMs }] of this.waiting) {
      if (dueMs > nowMs || due.length === max) break;
      due.push({ path, seen });
    }
    for (const path of this.fresh) {
      if (due.length === max) break;
      due.push({ path, seen: undefined });
    }
    for (const { path } of due) this.remove(path);
    return due;
  }

  /** Asks for another look at a path of which this was `seen` now. */
  lookAgain(path: string, seen: string, nowMs: number): void {
    this.remove(path);
    this.waiting.set(path, { seen, dueMs: nowMs + this.stableForMs });
  }

  isDue(nowMs: number): boolean {
    const [next] = this.waiting.values();
    return this.fresh.size > 0 || (next !== undefined && next.dueMs <= nowMs);
  }

  /** @returns whether a path was dropped since the last call. */
  takeOverflow(): boolean {
    const wasOverfull = this.isOverfull;
    this.isOverfull = false;
    return wasOverfull;
  }

  private remove(path: string): void {
    this.fresh.delete(path);
    this.waiting.delete(path);
  }
}
