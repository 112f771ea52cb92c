import type { SelectionRefusal, SelectionWord } from './dead-selection.js';

/** How far a long operation has come. */
export interface BulkProgress {
  /** Jobs looked at, of about `total`. */
  readonly seen: number;
  readonly total: number;
  /** Jobs that were moved or removed. */
  readonly applied: number;
}

/** How a long operation is watched and ended. */
export interface BulkControl {
  /** Ends it after the step under way; what was done stays done, and a second call goes on from there. */
  readonly signal?: AbortSignal;
  /** After each step. */
  readonly onProgress?: (progress: BulkProgress) => void;
}

/** What became of it. */
export interface BulkResult extends BulkProgress {
  /** False: its signal ended it. */
  readonly isComplete: boolean;
  /** Jobs left alone, by why. */
  readonly refused: Readonly<Record<SelectionRefusal, number>>;
}

/** Counts the steps of a long operation and tells its watcher. */
export class BulkTally {
  private seen = 0;
  private applied = 0;
  private readonly refused: Record<SelectionRefusal, number> = { gone: 0, unreadable: 0, 'unknown-queue': 0 };

  constructor(
    private readonly total: number,
    private readonly control: BulkControl,
  ) {}

  /** Jobs that were looked at, whatever becomes of them. */
  look(count: number): void {
    this.seen += count;
    this.tell();
  }

  take(words: readonly SelectionWord[]): void {
    for (const word of words) {
      if (word === 'applied') this.applied++;
      else this.refused[word]++;
    }
    this.tell();
  }

  remove(count: number): void {
    this.applied += count;
    this.tell();
  }

  result(isComplete: boolean): BulkResult {
    return { ...this.progress(), isComplete, refused: this.refused };
  }

  private tell(): void {
    this.control.onProgress?.(this.progress());
  }

  private progress(): BulkProgress {
    return { seen: this.seen, total: Math.max(this.total, this.seen), applied: this.applied };
  }
}

/** Runs a long operation; false: its signal ended it. Every other error passes. */
export async function untilAborted(signal: AbortSignal | undefined, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (signal?.aborted && error instanceof Error && error.name === 'AbortError') return false;
    throw error;
  }
}
