import { QueueEvents } from '@app/queue';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { JobMetrics } from './job-metrics.js';
import { hasHandler, OTHER } from './known-labels.js';

/** Counts what happens in the queue. An event costs a look-up and some additions, well under 1 µs. */
@Injectable()
export class EventMetrics implements OnModuleInit {
  constructor(
    private readonly events: QueueEvents,
    private readonly metrics: JobMetrics,
  ) {}

  onModuleInit(): void {
    this.countEnqueues();
    this.countRuns();
    this.countSettles();
    this.events.on('script.ran', ({ script, durationMs }) => this.metrics.script(script).observeMs(durationMs));
    this.events.on('breaker.changed', ({ to }) => {
      if (to === 'open') this.metrics.breakerTrips.value++;
    });
    this.events.on('rate.limited', () => this.metrics.rateLimitHits.value++);
  }

  private countEnqueues(): void {
    this.events.on('job.enqueued', ({ queue }) => this.metrics.queue(queue).produced.value++);
    this.events.on('job.duplicate', ({ queue }) => this.metrics.queue(queue).duplicate.value++);
    this.events.on('enqueue.refused', ({ reason }) => this.metrics.refused(reason).value++);
  }

  private countRuns(): void {
    this.events.on('job.claimed', ({ queue, waitMs }) => {
      const series = this.metrics.queue(queue);
      series.consumed.value++;
      series.wait.observeMs(waitMs);
    });
    this.events.on('job.released', ({ queue }) => this.metrics.queue(queue).released.value++);
    this.events.on('job.lost', ({ queue }) => this.metrics.queue(queue).leaseLost.value++);
    this.events.on('job.recovered', ({ queue }) => this.metrics.queue(queue).recovered.value++);
  }

  private countSettles(): void {
    this.events.on('job.completed', ({ queue, kind, durationMs }) => {
      const series = this.metrics.queue(queue);
      series.completed.value++;
      series.processing(kind, 'completed').observeMs(durationMs);
    });
    this.events.on('job.failed', ({ queue, kind, reason, durationMs }) => {
      const series = this.metrics.queue(queue);
      series.failed(reason).value++;
      series.processing(hasHandler(reason) ? kind : OTHER, 'failed').observeMs(durationMs);
    });
    this.events.on('job.snoozed', ({ queue, kind, reason, durationMs }) => {
      const series = this.metrics.queue(queue);
      series.snoozed(reason).value++;
      series.processing(hasHandler(reason) ? kind : OTHER, 'snoozed').observeMs(durationMs);
    });
    this.events.on('job.retried', ({ queue }) => this.metrics.queue(queue).retried.value++);
    this.events.on('job.dead', ({ queue, reason }) => this.metrics.queue(queue).dead(reason).value++);
  }
}
