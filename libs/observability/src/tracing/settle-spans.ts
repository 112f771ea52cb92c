import { QueueEvents } from '@app/queue';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Tracing } from './tracing.service.js';

/** Ends the trace of a run when Redis took its outcome. Listens last, so that a log line of the same event still finds the trace. */
@Injectable()
export class SettleSpans implements OnApplicationBootstrap {
  constructor(
    private readonly tracing: Tracing,
    private readonly events: QueueEvents,
  ) {}

  onApplicationBootstrap(): void {
    this.tracing.jobs?.listen(this.events);
  }
}
