/** Who wants a job to end, and why. */
export interface CancelRequest {
  readonly by: string;
  readonly reason: string;
}

const SUMMARY_LENGTH = 200;

/**
 * The trail entry of a cancelled job as its scripts take it: JSON without the start `{"atMs":<now>,`, which they write from the
 * Redis clock.
 */
export function encodeCancelEntry(request: CancelRequest): string {
  return JSON.stringify({ workerId: '', what: 'cancelled', summary: summaryOf(request) }).slice(1);
}

/** Reads a request as `heartbeat` gives it: the claim that is meant, and the summary of its entry. */
export function decodeCancelRequest(text: string): { readonly number: number; readonly summary: string } {
  const [, number = '0', entry = ''] = /^(\d+) (.*)$/s.exec(text) ?? [];
  return { number: Number(number), summary: readSummary(entry) };
}

function summaryOf({ by, reason }: CancelRequest): string {
  const text = `cancelled by ${by}${reason ? `: ${reason}` : ''}`.replaceAll(/\s+/g, ' ');
  return text.length <= SUMMARY_LENGTH ? text : `${text.slice(0, SUMMARY_LENGTH - 1)}…`;
}

function readSummary(entry: string): string {
  try {
    const { summary } = JSON.parse(`{${entry}`) as { summary?: unknown };
    return typeof summary === 'string' ? summary : 'cancelled';
  } catch {
    return 'cancelled';
  }
}
