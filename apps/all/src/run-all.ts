import type { AllOptions } from './role.js';
import { LogLines } from './run/log-lines.js';
import { Screen } from './run/screen.js';
import { stopRequest } from './stop-request.js';
import { SuiteRun } from './suite-run.js';
import { prepareSuite } from './suite.js';

const INTERRUPTED = 130;

/**
 * Runs producer, worker and admin as child processes until somebody asks to stop, or with `--once` until the main job
 * is done. A second request leaves at once.
 *
 * @returns the exit code of the first child that failed to end well, else that of the main job.
 */
export async function runAll(options: AllOptions): Promise<number> {
  process.stdout.on('error', ignoreBrokenPipe);
  const isForPeople = process.stdout.isTTY || options.embeddedRedis || options.once;
  const face = isForPeople ? new Screen(process.stdout) : new LogLines(process.stdout);
  let run: SuiteRun | undefined;
  const stop = stopRequest(() => {
    run?.killNow();
    process.exit(INTERRUPTED);
  });

  const suite = await prepareSuite(options, process.env, face);
  try {
    run = new SuiteRun(options, suite, face);
    return await run.untilEnd(stop);
  } finally {
    run?.killNow(); // whatever an unexpected error left running
    await suite.redis?.stop();
  }
}

/** `npm start | head` closes the pipe early: the work goes on to its end, only nobody reads of it. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
