import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

/** What is said of a request. */
export interface RequestFacts {
  readonly method: string;
  /** The pattern of the route, never the path itself: a path may hold an id. */
  readonly route: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The trace of one request. */
export interface RequestTrace {
  /** Calls `next`; what it makes happen is part of the trace. */
  enter(next: () => void): void;
  /** Told once, with the status of the answer. */
  ended(status: number): void;
}

/** A SERVER span an HTTP request, in the trace that the request brings, or a new one. */
export class RequestSpans {
  constructor(private readonly tracer: Tracer) {}

  begin({ method, route, headers }: RequestFacts): RequestTrace {
    const parent = propagation.extract(ROOT_CONTEXT, headers);
    const attributes = { 'http.request.method': method, 'http.route': route };
    const span = this.tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    return {
      enter: (next) => context.with(trace.setSpan(parent, span), next),
      ended: (status) => {
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      },
    };
  }
}
