import { Injectable, type OnModuleInit } from '@nestjs/common';
import { isSoloProcess, QueueEvents } from '@app/queue';
import { Ledger, type Outcome } from '../ledger.js';

const OUTCOMES: readonly Outcome[] = ['completed', 'failed', 'snoozed', 'released'];

/** Writes down what Redis accepted from this process, what it lost, and what it took back from others. */
@Injectable()
export class EventWitness implements OnModuleInit {
  constructor(
    private readonly events: QueueEvents,
    private readonly ledger: Ledger,
  ) {}

  /** Before the worker starts, which it does on application bootstrap. */
  onModuleInit(): void {
    const { events, ledger } = this;
    events.on('loop.failed', ({ loop, error }) => console.error(`loop.failed: ${loop}:`, error));
    // What happens to a job that runs alone is told by the worker that started its process.
    if (isSoloProcess()) return;
    events.on('solo.ended', ({ pid, exitCode, signal }) =>
      ledger.write({ what: 'exited', subject: pid, how: signal ?? `code ${exitCode}` }),
    );
    events.on('job.claimed', ({ jobId, workerId }) => ledger.write({ what: 'claimed', jobId, workerId }));
    for (const outcome of OUTCOMES) {
      events.on(`job.${outcome}`, ({ jobId, workerId }) =>
        ledger.write({ what: 'accepted', jobId, workerId, outcome }),
      );
    }
    events.on('job.lost', ({ jobId, workerId }) => ledger.write({ what: 'lost', jobId, workerId }));
    events.on('job.recovered', ({ jobId, fromWorkerId }) =>
      ledger.write({ what: 'recovered', jobId, workerId: fromWorkerId }),
    );
    events.on('reaper.amnesty', () => ledger.write({ what: 'amnesty' }));
    events.on('worker.lost', ({ workerId }) => console.error(`worker.lost: ${workerId}`));
  }
}
