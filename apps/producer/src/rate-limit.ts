/** The limit of `producer.rate_limit_per_sec`: one for all producers of a queue, whatever they enqueue and from where. */
export const PRODUCER_LIMIT = 'producer';
