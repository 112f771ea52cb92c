/** Runs a step again and again: never two at once, each interval shortened by up to a fifth so that processes spread out. */
export class PeriodicLoop {
  private timer: NodeJS.Timeout | undefined;
  private isStopped = true;

  constructor(
    private readonly intervalMs: number,
    private readonly step: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** The first step comes at once. */
  start(): void {
    this.isStopped = false;
    void this.run();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    try {
      await this.step();
    } catch (error) {
      this.onError(error);
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.run(), this.intervalMs * (0.8 + Math.random() * 0.2));
  }
}
