/** An estimate of the Redis clock from the last reply; for records of what happened, never for a decision about leases. */
export class RedisClock {
  private offsetMs = 0;

  observe(redisNowMs: number): void {
    this.offsetMs = redisNowMs - Date.now();
  }

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }
}
