import pino, { type DestinationStream, type Logger } from 'pino';
import type { ObservabilityOptions } from '../observability.options.js';
import { activeTrace } from '../tracing/active-trace.js';
import type { LogError } from './log-error.js';
import { escapeControls } from './log-text.js';
import { PrettyStream } from './pretty-stream.js';

const BEYOND_ASCII = /[^\n -~]/;

/** What the logger needs to know. */
export type LoggerOptions = Pick<ObservabilityOptions, 'app' | 'version' | 'logLevel' | 'logStream'>;

/** One JSON object a line: `level ts app version … msg`; for a person on a terminal, text instead. */
export function createPino({ app, version, logLevel, logStream }: LoggerOptions): Logger {
  return pino(
    {
      level: logLevel,
      base: { app, version },
      messageKey: 'msg',
      mixin: activeTrace,
      mixinMergeStrategy: (line: object, trace: object) => ({ ...trace, ...line }), // a job's own trace wins
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      serializers: { err: (described: LogError) => described }, // pino's own would copy every property of an error
    },
    logStream ? escaped(logStream) : standardOutput(),
  );
}

function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return new PrettyStream(process.stdout);
  return escaped(pino.destination({ dest: 1, sync: true }));
}

/** Lines end on terminals too (`kubectl logs`). JSON escapes the controls of ASCII only; the rest is escaped here, with the same meaning. */
function escaped(stream: DestinationStream): DestinationStream {
  return {
    write: (line) => stream.write(BEYOND_ASCII.test(line) ? `${escapeControls(line.trimEnd())}\n` : line),
  };
}
