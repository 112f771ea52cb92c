import { randomFillSync } from 'node:crypto';
import { uuidV7 } from '../job/job-id.js';

const BYTES_PER_ID = 10;

/** Makes job ids. Takes its random bytes from the system in blocks: one call a few hundred ids. */
export class JobIds {
  private readonly bytes = new Uint8Array(BYTES_PER_ID * 400);
  private used = this.bytes.length;

  next(): string {
    if (this.used >= this.bytes.length) {
      randomFillSync(this.bytes);
      this.used = 0;
    }
    const id = uuidV7(Date.now(), this.bytes, this.used);
    this.used += BYTES_PER_ID;
    return id;
  }
}
