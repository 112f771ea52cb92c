/**
 * Handlers that run on although their claim is over: they ignored an abort, or their lease was lost. While one does, this
 * process may not run the same job again (rule 11).
 */
export class StillRunning {
  private readonly counts = new Map<string, number>();

  get size(): number {
    return this.counts.size;
  }

  has(jobId: string): boolean {
    return this.counts.has(jobId);
  }

  add(jobId: string): void {
    this.counts.set(jobId, (this.counts.get(jobId) ?? 0) + 1);
  }

  remove(jobId: string): void {
    const left = (this.counts.get(jobId) ?? 0) - 1;
    if (left > 0) this.counts.set(jobId, left);
    else this.counts.delete(jobId);
  }
}
