/** The trace that a log line belongs to. */
export interface TraceFields {
  readonly trace_id?: string;
  readonly span_id?: string;
}

const NONE: TraceFields = {};
let readActive: (() => TraceFields) | undefined;

/** Called when tracing starts, and with nothing when it ends: the logger itself does not load OpenTelemetry. */
export function setActiveTrace(read?: () => TraceFields): void {
  readActive = read;
}

/** What the code that runs now is part of; nothing without tracing. */
export function activeTrace(): TraceFields {
  return readActive?.() ?? NONE;
}
