/** Jobs in one array; more travel as NDJSON. */
export const MAX_JOBS_IN_ARRAY = 1_000;
/** Jobs of arrays and streams on their way to Redis at once: a fraction of what it takes within `redis.write_timeout`. */
export const MAX_JOBS_IN_FLIGHT = 2_000;
/** Request line and headers together, bytes. */
export const MAX_HEADER_BYTES = 16_384;
/** How long the headers of a request may take. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** How long a body may take that is not NDJSON; and how long an NDJSON stream may be silent, or leave answers unread. */
export const BODY_TIMEOUT_MS = 30_000;
/** How long an array waits for the rate limit; what has not had its turn is answered 429. */
export const ARRAY_PATIENCE_MS = 20_000;
/** A connection without a request. Longer than the idle time of usual load balancers, so that they close first. */
export const KEEP_ALIVE_MS = 72_000;
/** How long a shutdown waits for requests under way. */
export const DRAIN_MS = 10_000;
