import type { Registry } from 'prom-client';
import { register } from './exposition.js';
import { OTHER } from './known-labels.js';
import { METRICS } from './metric-names.js';
import { TallyCounter } from './tally-counter.js';
import { TallyHistogram } from './tally-histogram.js';

/** The code of a request whose client went away before it was answered; nginx calls it so, too. */
const CLIENT_GONE = 499;

/** Counts the requests that an app takes beside health and metrics, and how long they took. */
export class HttpMetrics {
  private readonly requests: TallyCounter;
  private readonly durations: TallyHistogram;

  constructor(registry: Registry) {
    this.requests = register(registry, new TallyCounter(METRICS.httpRequests));
    this.durations = register(registry, new TallyHistogram(METRICS.httpDuration));
  }

  /**
   * A request ended.
   *
   * @param route - as the router writes it, such as `/v1/jobs/:id`, never as the client does; undefined: none was found
   * @param code - the status it was answered with; undefined: nobody was left to answer
   */
  count(route: string | undefined, code: number | undefined, durationMs: number): void {
    this.requests.of(route ?? OTHER, String(code ?? CLIENT_GONE)).value++;
    this.durations.of(route ?? OTHER).observeMs(durationMs);
  }

  /** What came was no request: it has neither a route nor a duration. */
  countRefused(code: number): void {
    this.requests.of(OTHER, String(code)).value++;
  }
}
