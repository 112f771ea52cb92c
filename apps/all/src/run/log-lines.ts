import { VERSION } from '../version.js';
import type { Face, NoteLevel } from './face.js';
import type { Outlook } from './outlook.js';

/** For a log collector: JSON lines on the stream that the children write to as well. Progress is in the metrics. */
export class LogLines implements Face {
  constructor(private readonly stream: NodeJS.WritableStream) {}

  note(level: NoteLevel, msg: string): void {
    this.write(level, msg);
  }

  outlook({ urls, jobs }: Outlook): void {
    this.write('info', 'producer, worker and admin are started', { urls, jobs });
  }

  draining(): void {
    this.write('info', 'draining producer, worker and admin; a second signal leaves at once');
  }

  private write(level: NoteLevel, msg: string, facts: object = {}): void {
    const line = { level, ts: new Date().toISOString(), msg, app: 'all', version: VERSION, ...facts };
    this.stream.write(`${JSON.stringify(line)}\n`);
  }
}
