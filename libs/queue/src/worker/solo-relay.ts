import type { QueueEventMap, QueueEventName, QueueEvents } from '../events/queue-events.js';

/** What a process that runs one job tells the worker that started it: for logs, metrics and the evidence. */
export type SoloMessage =
  | { readonly jobqueue: 'event'; readonly name: RelayedName; readonly event: QueueEventMap[RelayedName] }
  | { readonly jobqueue: 'last-words'; readonly text: string };

const RELAYED = [
  'job.claimed',
  'job.completed',
  'job.failed',
  'job.retried',
  'job.dead',
  'job.snoozed',
  'job.released',
  'job.lost',
  'handler.stuck',
  'loop.failed',
] as const satisfies readonly QueueEventName[];

/** An event that travels. */
export type RelayedName = (typeof RELAYED)[number];

/** Sends what happens in this process to the worker that started it, if one listens. */
export class SoloRelay {
  private sent = Promise.resolve();

  constructor(events: QueueEvents) {
    for (const name of RELAYED) events.on(name, (event) => this.send({ jobqueue: 'event', name, event }));
    // The process dies of it as always; this only tells the parent why. Rejections that nobody handles come here too.
    process.once('uncaughtExceptionMonitor', (error) => this.send({ jobqueue: 'last-words', text: firstLine(error) }));
  }

  /** Resolves when everything has left this process, also when nobody listens. */
  flushed(): Promise<void> {
    return this.sent;
  }

  private send(message: SoloMessage): void {
    const before = this.sent;
    this.sent = new Promise((resolve) => {
      if (!process.connected || !process.send) return resolve();
      process.send(message, undefined, undefined, () => void before.then(resolve));
    });
  }
}

/** Whether a message of a child is one of these. */
export function isSoloMessage(message: unknown): message is SoloMessage {
  return typeof message === 'object' && message !== null && 'jobqueue' in message;
}

function firstLine(error: unknown): string {
  return String(error).split('\n', 1)[0]!.slice(0, 200);
}
