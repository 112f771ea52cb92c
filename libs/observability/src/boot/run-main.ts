import { startFailure } from './start-failure.js';

/**
 * The `main` of an app: runs `start`, and turns what it throws into a message on stderr and an exit code: 2 when the
 * configuration is wrong, else 1.
 */
export async function runMain(name: string, start: () => Promise<unknown>): Promise<void> {
  try {
    await start();
  } catch (error) {
    const { text, exitCode } = startFailure(name, error);
    process.stderr.write(`${text}\n`);
    process.exit(exitCode);
  }
}
