import { QueueError } from './queue-error.js';

/** A script and its caller disagree: a wrong key count, or an answer nobody documented. A bug, not a condition. */
export class ScriptContractError extends QueueError {
  constructor(script: string, detail: string) {
    super('script-contract', `script "${script}": ${detail}`);
  }
}
