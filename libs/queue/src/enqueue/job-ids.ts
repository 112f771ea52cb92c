import { randomBytes } from 'node:crypto';
import { RANDOM_DIGITS, uuidV7 } from '../job/job-id.js';

const IDS_A_BLOCK = 400;

/** Makes job ids. Takes its random digits from the system in blocks: one call a few hundred ids. */
export class JobIds {
  private random = '';
  private used = 0;

  next(): string {
    if (this.used >= this.random.length) {
      this.random = randomBytes((IDS_A_BLOCK * RANDOM_DIGITS) / 2).toString('hex');
      this.used = 0;
    }
    const id = uuidV7(Date.now(), this.random, this.used);
    this.used += RANDOM_DIGITS;
    return id;
  }
}
