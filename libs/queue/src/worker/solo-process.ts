import { fork, type ChildProcess } from 'node:child_process';
import type { QueueEventMap, QueueEvents } from '../events/queue-events.js';
import type { SoloEnd } from '../job/crash-policy.js';
import type { SoloOptions } from '../queue.options.js';
import { isSoloMessage, type SoloMessage } from './solo-relay.js';
import { soloEnvironment, type SoloRequest } from './solo-request.js';

/** How a process that ran one job came to its end. */
export interface SoloReport extends SoloEnd {
  /** What it died of, when it could say so. */
  readonly lastWords: string;
  /** Its run, when it claimed the job and did not tell of an end. */
  readonly openRun?: QueueEventMap['job.claimed'];
}

/** A debugger listens on one port: the child does not inherit it. */
const DEBUGGER = /^--inspect/;

/** One process that runs one job: started, listened to, ended. Its events become events of this process. */
export class SoloProcess {
  /** Settles when it is gone. Never rejects. */
  readonly ended: Promise<SoloReport>;
  private readonly child: ChildProcess;
  private lastWords = '';
  private openRun: QueueEventMap['job.claimed'] | undefined;

  constructor(
    readonly request: SoloRequest,
    { entry, args = [] }: SoloOptions,
    private readonly events: QueueEvents,
  ) {
    this.child = fork(entry, args, {
      env: soloEnvironment(request),
      execArgv: process.execArgv.filter((word) => !DEBUGGER.test(word)),
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', (message) => {
      if (isSoloMessage(message)) this.hear(message);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(this.report({ exitCode: null }, String(error))));
      this.child.once('close', (exitCode, signal) => resolve(this.report({ exitCode, signal })));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks it to drain; a second time, to leave at once. */
  terminate(): void {
    this.child.kill('SIGTERM');
  }

  private report(end: SoloEnd, lastWords = this.lastWords): SoloReport {
    return { ...end, lastWords, openRun: this.openRun };
  }

  private hear(message: SoloMessage): void {
    if (message.jobqueue === 'last-words') {
      this.lastWords = message.text;
      return;
    }
    const { name, event } = message;
    if (name === 'job.claimed') this.openRun = event as QueueEventMap['job.claimed'];
    else if (name.startsWith('job.')) this.openRun = undefined;
    this.events.emit(name, event);
  }
}
