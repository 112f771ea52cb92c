import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BoundedText } from './bounded-text.js';

/** Most bytes of stdout that are kept: escaped as JSON they still fit into an outcome. */
const STDOUT_BYTES = 8_192;
const STDERR_BYTES = 1_024;

/** From SIGTERM to SIGKILL: less than an aborted handler is given to end. */
const KILL_GRACE_MS = 1_000;
/** How long output may go on after the end: a process that left the group may hold the pipes for ever. */
const OUTPUT_GRACE_MS = 500;

/** One run of one program. */
export interface CommandRequest {
  /** Program and arguments, passed on as they are. */
  readonly argv: readonly string[];
  readonly stdin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** How it ended. */
export interface CommandEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: BoundedText;
  readonly stderr: BoundedText;
}

/**
 * Runs a program in a process group of its own, without a shell. Nothing of the group outlives the run: on abort it gets
 * SIGTERM, then SIGKILL; at the end of the program whatever it left is killed. Output beyond the limits is read and
 * dropped, so a flood costs no memory.
 *
 * @throws the reason of the signal; what the system says when the program cannot be started.
 */
export async function runCommand({ argv, stdin, env, signal }: CommandRequest): Promise<CommandEnd> {
  signal.throwIfAborted();
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { env, detached: true, shell: false, stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout = new BoundedText(child.stdout, STDOUT_BYTES);
  const stderr = new BoundedText(child.stderr, STDERR_BYTES);
  child.stdin.on('error', () => undefined); // it need not read what it is given
  child.stdin.end(stdin);
  const stopWatching = killOnAbort(child, signal);
  try {
    const [code, endSignal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    await endOfOutput(child);
    signal.throwIfAborted();
    return { code, signal: endSignal, stdout, stderr };
  } finally {
    stopWatching();
  }
}

function killOnAbort(child: ChildProcess, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const terminate = () => {
    killGroup(child, 'SIGTERM');
    timer = setTimeout(() => killGroup(child, 'SIGKILL'), KILL_GRACE_MS);
  };
  signal.addEventListener('abort', terminate, { once: true });
  return () => {
    signal.removeEventListener('abort', terminate);
    clearTimeout(timer);
  };
}

/** Settles when both pipes are closed, by force if need be. */
async function endOfOutput(child: ChildProcess): Promise<void> {
  killGroup(child, 'SIGKILL');
  const streams = [child.stdout!, child.stderr!].filter((stream) => !stream.closed);
  const timer = setTimeout(() => streams.forEach((stream) => stream.destroy()), OUTPUT_GRACE_MS);
  await Promise.all(streams.map((stream) => once(stream, 'close')));
  clearTimeout(timer);
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // nobody is left
  }
}
