import { openSync, readFileSync, writeSync } from 'node:fs';

/** What the producer of a job knows about its end: `dies` for a payload that can only fail. */
export type Fate = 'completes' | 'dies';

/** One line: something that happened to a job. */
export type JobLine =
  | { readonly what: 'enqueue-ok'; readonly jobId: string; readonly fate: Fate }
  | {
      readonly what: 'enqueue-refused' | 'enqueue-unknown';
      readonly jobId: string;
      readonly fate: Fate;
      readonly code: string;
    }
  /** A worker took the job; it may give it back without a run. */
  | { readonly what: 'claimed'; readonly jobId: string; readonly workerId: string }
  | { readonly what: 'start'; readonly jobId: string; readonly workerId: string; readonly attempt: number }
  | { readonly what: 'end' | 'throw'; readonly jobId: string; readonly workerId: string; readonly detail?: string }
  /** Redis took the outcome of a run. */
  | { readonly what: 'accepted'; readonly jobId: string; readonly workerId: string; readonly outcome: Outcome }
  /** A worker learned that the outcome of a run counts for nothing. */
  | { readonly what: 'lost'; readonly jobId: string; readonly workerId: string }
  /** A reaper took the job from a lost worker. */
  | { readonly what: 'recovered'; readonly jobId: string; readonly workerId: string };

/** The settled ends of a run. */
export type Outcome = 'completed' | 'failed' | 'snoozed' | 'released';

/** One line: something that happened to a process. `subject` is its pid. */
export type ProcessLine =
  | { readonly what: 'exited'; readonly subject: number; readonly how: string }
  | { readonly what: 'frozen' | 'thawed'; readonly subject: number }
  | { readonly what: 'amnesty' };

/** What a writer says; the ledger adds when and who. */
export type LedgerEntry = JobLine | ProcessLine;
/** A line as it is stored. `atMs`: monotonic since boot, so it compares between the processes of one machine. */
export type LedgerLine = LedgerEntry & { readonly atMs: number; readonly pid: number };

/** Now, on the clock of every ledger of this machine, ms. */
export function ledgerNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Append-only witness, shared by all processes of a scenario. Each entry is one O_APPEND write that has returned before
 * the caller goes on: a SIGKILL at any instant loses no line, and lines never mix.
 */
export class Ledger {
  private readonly fd: number;

  constructor(readonly path: string) {
    this.fd = openSync(path, 'a');
  }

  write(entry: LedgerEntry): void {
    writeSync(this.fd, `${JSON.stringify({ atMs: ledgerNowMs(), pid: process.pid, ...entry })}\n`);
  }
}

/**
 * All lines, in the order of their clock.
 *
 * @throws {Error} a line is torn: then nothing the ledger says can be trusted.
 */
export function readLedger(path: string): LedgerLine[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => parseLine(line, `${path}:${index + 1}`)).sort((a, b) => a.atMs - b.atMs);
}

function parseLine(line: string, where: string): LedgerLine {
  try {
    return JSON.parse(line) as LedgerLine;
  } catch (cause) {
    throw new Error(`${where}: torn ledger line`, { cause });
  }
}
