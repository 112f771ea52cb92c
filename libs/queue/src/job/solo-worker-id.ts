const ENDING = '-solo';

/** The id of a process that runs one job alone: a fresh worker id, marked, so that whoever takes its job back knows. */
export function soloWorkerId(freshId: string): string {
  return `${freshId}${ENDING}`;
}

/** Whether this worker runs, or ran, one job alone. */
export function isSoloWorkerId(workerId: string): boolean {
  return workerId.endsWith(ENDING);
}
