import type { ScanDoneMessage, ScanProgressMessage } from './scan-report.js';

/** Set by a supervisor that wants to hear of the scan. Others open a channel, too, and would not know what to do with it. */
const SWITCH = 'JOBQUEUE_REPORT';

/** Tells the process that started this one, if it asked. A channel that closed meanwhile is no error. */
export function tellSupervisor(message: ScanProgressMessage | ScanDoneMessage): void {
  if (process.env[SWITCH] !== '1' || !process.connected) return;
  process.send?.(message, undefined, undefined, () => undefined);
}
