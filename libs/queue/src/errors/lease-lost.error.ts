import { QueueError } from './queue-error.js';

/** This incarnation was revoked. Its handlers are aborted with this reason; nothing they do can settle a job. */
export class LeaseLostError extends QueueError {
  constructor(readonly workerId: string) {
    super('lease-lost', `worker "${workerId}" lost its lease: its jobs are being taken over by others`);
  }
}
