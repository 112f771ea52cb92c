import { CommandFactory } from 'nest-commander';
import { AdminModule } from './admin.module.js';
import { reportError, writeError } from './output/report-error.js';

/** Runs the command of `process.argv` to its end, and sets `process.exitCode`. Never throws. */
export async function runCli(): Promise<void> {
  try {
    await CommandFactory.run(AdminModule, {
      cliName: 'admin',
      logger: false,
      abortOnError: false,
      version: process.env.BUILD_VERSION ?? 'development',
      errorHandler: rethrow,
      serviceErrorHandler: reportError,
      helpConfiguration: { showGlobalOptions: true },
      outputConfiguration: { outputError: (text) => writeError(text.replace(/^error: /, '')) },
    });
  } catch (error) {
    reportError(error);
  }
}

// commander would exit by itself; thrown, its error ends in serviceErrorHandler like every other.
function rethrow(error: Error): never {
  throw error;
}
