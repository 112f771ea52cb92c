/** Redis did not answer a command. Names where it was looked for, without a password: a wrong address is the usual cause. */
export class RedisUnreachableError extends Error {
  override readonly name = 'RedisUnreachableError';

  constructor(address: string, cause: Error) {
    super(
      `Redis at ${address} cannot be reached: ${cause.message}; check that it runs, and redis.mode, redis.addr and redis.password`,
      { cause },
    );
  }
}
