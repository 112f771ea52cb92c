import pino, { type DestinationStream, type Logger } from 'pino';
import type { ObservabilityOptions } from '../observability.options.js';
import type { LogError } from './log-error.js';
import { PrettyStream } from './pretty-stream.js';

/** What the logger needs to know. */
export type LoggerOptions = Pick<ObservabilityOptions, 'app' | 'version' | 'logLevel' | 'logStream'>;

/** One JSON object a line: `level ts app version … msg`; for a person on a terminal, text instead. */
export function createPino({ app, version, logLevel, logStream }: LoggerOptions): Logger {
  return pino(
    {
      level: logLevel,
      base: { app, version },
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: (described: LogError) => described }, // pino's own would copy every property of an error
    },
    logStream ?? standardOutput(),
  );
}

function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return new PrettyStream(process.stdout);
  return pino.destination({ dest: 1, sync: true });
}
