import 'reflect-metadata';
import { CommandFactory } from 'nest-commander';
import { AdminModule } from './admin.module.js';
import { reportError, writeError } from './output/report-error.js';

// `admin … | head` closes the pipe early: that is the reader's choice, not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? undefined : 1));
}

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

// commander would exit by itself; thrown, its error ends in serviceErrorHandler like every other.
function rethrow(error: Error): never {
  throw error;
}
