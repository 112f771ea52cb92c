/**
 * Runs `work` while holding the lock file, which names the holder's pid; a dead holder's lock is taken over.
 *
 * @throws {Error} a live process has held the lock for ten minutes. An error of `work` comes through.
 */
export function withLock<T>(
  file: string,
  work: () => T | Promise<T>,
  options?: { onWait?: (holderPid: number) => void },
): Promise<T>;
