import { ExitCode } from './exit-code.js';

/**
 * Runs work that Ctrl-C (or SIGTERM, or the end of its terminal) ends in an orderly way: the step under way is finished and
 * what was done is told.
 * A second one ends the process at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(ExitCode.Interrupted);
    stop.abort();
  };
  const others = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const listeners = process.listeners(name);
    process.removeAllListeners(name);
    process.on(name, onSignal);
    return { name, listeners };
  });
  try {
    return await work(stop.signal);
  } finally {
    for (const { name, listeners } of others) {
      process.off(name, onSignal);
      for (const listener of listeners) process.on(name, listener);
    }
  }
}
