import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Growing, random pauses between tries of something that must succeed in the end; a success makes them short again. */
export class Patience {
  private failures = 0;

  constructor(private readonly signal: AbortSignal) {}

  /** Whether the last try failed. */
  get isTried(): boolean {
    return this.failures > 0;
  }

  /** @throws AbortError when the process stops meanwhile. */
  async wait(): Promise<void> {
    const longestMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    await sleep(longestMs * (0.5 + Math.random() / 2), undefined, { signal: this.signal });
  }

  renew(): void {
    this.failures = 0;
  }
}
