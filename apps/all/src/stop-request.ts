const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes on a Ctrl-C that the terminal has sent here already: one key press, two signals. */
const SAME_REQUEST_MS = 500;

/**
 * Resolves with the first signal that asks this process to end; `atOnce` is called for the next ones. SIGHUP (the
 * terminal was closed) asks like SIGTERM.
 */
export function stopRequest(atOnce: () => void): Promise<'SIGINT' | 'SIGTERM'> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        firstMs ??= performance.now();
        if (performance.now() - firstMs > SAME_REQUEST_MS) atOnce();
        else resolve(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
      });
    }
  });
}
