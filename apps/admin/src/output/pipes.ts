import { ExitCode } from './exit-code.js';
import { writeError } from './report-error.js';

/**
 * What happens when nobody reads any more. Without stderr a command goes on: what it does counts, not who looks on.
 * `admin … | head` closes stdout early, which is the reader's choice; any other failure of stdout (a full disk) is told
 * and fails the command, since somebody would trust the file.
 */
export function survivePipes(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit();
    writeError(`stdout: ${message}; what was written is not complete`);
    process.exit(ExitCode.Failed);
  });
}
