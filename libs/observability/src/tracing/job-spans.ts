import {
  context,
  propagation,
  ROOT_CONTEXT,
  type Attributes,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import {
  type EnqueueResult,
  type Job,
  type JobEvent,
  type JobTracer,
  QueueError,
  type QueueEventMap,
  type QueueEvents,
  type RunEvent,
  type SendTrace,
} from '@app/queue';
import type { TraceFields } from './active-trace.js';

/** Runs whose settlement is awaited at most; what is beyond gets no settle span. */
const MAX_OPEN = 10_000;

/** A run whose handler has ended, or still runs, and that Redis has not settled. */
interface OpenRun {
  readonly span: Span;
  endedAt: Date | undefined;
}

/**
 * Spans by the conventions of OpenTelemetry for messaging: `send` (PRODUCER) for an enqueue, `process` (CONSUMER) for a handler, child
 * of the send and linked to it, `settle` (CLIENT) from the end of the handler to the moment Redis took its outcome.
 */
export class JobSpans implements JobTracer {
  private readonly open = new Map<string, OpenRun>();

  constructor(private readonly tracer: Tracer) {}

  sending({ jobId, kind, queue }: JobEvent, headers: Readonly<Record<string, string>> | undefined): SendTrace {
    const parent = headers?.['traceparent'] ? propagation.extract(ROOT_CONTEXT, headers) : context.active();
    const attributes = { ...attributesOf('send', queue, kind), 'messaging.message.id': jobId };
    const span = this.tracer.startSpan(`send ${queue}`, { kind: SpanKind.PRODUCER, attributes }, parent);
    const sent: Record<string, string> = { ...headers };
    propagation.inject(trace.setSpan(parent, span), sent);
    return { headers: sent, answered: (answer) => endSend(span, answer) };
  }

  running<Result>(
    job: Job,
    { workerId, attempt }: Pick<RunEvent, 'workerId' | 'attempt'>,
    handle: () => Result,
  ): Result {
    const parent = propagation.extract(ROOT_CONTEXT, job.headers);
    const from = trace.getSpanContext(parent);
    const attributes = {
      ...attributesOf('process', job.queue, job.kind),
      'messaging.message.id': job.id,
      'messaging.client.id': workerId,
      'jobqueue.attempt': attempt,
    };
    const links = from ? [{ context: from }] : [];
    const span = this.tracer.startSpan(`process ${job.queue}`, { kind: SpanKind.CONSUMER, attributes, links }, parent);
    this.remember(job.id, attempt, span);
    return this.follow(span, keyOf(job.id, attempt), () => context.with(trace.setSpan(parent, span), handle));
  }

  /** From now on a settle span follows what Redis took of a run. */
  listen(events: QueueEvents): void {
    const names = ['job.completed', 'job.failed', 'job.snoozed', 'job.released', 'job.lost'] as const;
    for (const name of names) events.on(name, (event) => this.settled(name, event));
  }

  /** The trace of a run that has not been settled yet. */
  traceOf(jobId: string, attempt: number): TraceFields {
    const run = this.open.get(keyOf(jobId, attempt));
    return run ? fieldsOf(run.span) : {};
  }

  private follow<Result>(span: Span, key: string, handle: () => Result): Result {
    const end = (error?: { thrown: unknown }): void => {
      if (error) recordError(span, error.thrown);
      const run = this.open.get(key);
      if (run) run.endedAt = new Date();
      span.end();
    };
    try {
      const result = handle();
      if (!isThenable(result)) end();
      else
        result.then(
          () => end(),
          (thrown: unknown) => end({ thrown }),
        );
      return result;
    } catch (thrown) {
      end({ thrown });
      throw thrown;
    }
  }

  private settled(name: string, event: QueueEventMap['job.released']): void {
    const key = keyOf(event.jobId, event.attempt);
    const run = this.open.get(key);
    if (!run) return;
    this.open.delete(key);
    const attributes = {
      ...attributesOf('settle', event.queue, event.kind),
      'messaging.message.id': event.jobId,
      'jobqueue.outcome': name.slice('job.'.length),
    };
    const parent = trace.setSpan(ROOT_CONTEXT, run.span);
    const options = { kind: SpanKind.CLIENT, attributes, startTime: run.endedAt ?? new Date() };
    this.tracer.startSpan(`settle ${event.queue}`, options, parent).end();
  }

  private remember(jobId: string, attempt: number, span: Span): void {
    if (this.open.size < MAX_OPEN) this.open.set(keyOf(jobId, attempt), { span, endedAt: undefined });
  }
}

/** Trace and span of the code that runs now, for log lines. */
export function activeFields(): TraceFields {
  const span = trace.getActiveSpan();
  return span ? fieldsOf(span) : {};
}

function fieldsOf(span: Span): TraceFields {
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

function attributesOf(operation: 'send' | 'process' | 'settle', queue: string, kind: string): Attributes {
  return {
    'messaging.system': 'jobqueue',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': queue,
    'jobqueue.kind': kind,
  };
}

function endSend(span: Span, answer: EnqueueResult | QueueError): void {
  if (answer instanceof QueueError) recordError(span, answer);
  else span.setAttribute('jobqueue.outcome', answer.outcome);
  span.end();
}

/** Class and message; a stack or a payload may hold what nobody should export. */
function recordError(span: Span, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  span.setAttribute('error.type', thrown instanceof QueueError ? thrown.code : error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message.slice(0, 256) });
}

const keyOf = (jobId: string, attempt: number) => `${jobId} ${attempt}`;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
