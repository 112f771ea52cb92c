/**
 * Where a process that was started for one job finds it: the one thing that the library reads from the environment, since it
 * must reach the child whatever its program does with arguments.
 */
const VARIABLE = 'JOBQUEUE_SOLO';

/** The one job of a process, and the worker id it takes. */
export interface SoloRequest {
  readonly workerId: string;
  readonly partition: number;
  readonly queue: string;
  readonly jobId: string;
}

/** As it was at the start: the variable itself is taken away before a handler runs. */
const wasRequested = process.env[VARIABLE] !== undefined;

/** Whether this process was started to run one job alone. Its program should open no port and start nothing else. */
export function isSoloProcess(): boolean {
  return wasRequested;
}

/** @throws {SyntaxError} somebody else set the variable. */
export function readSoloRequest(env: NodeJS.ProcessEnv = process.env): SoloRequest | undefined {
  const text = env[VARIABLE];
  return text === undefined ? undefined : (JSON.parse(text) as SoloRequest);
}

/** Takes it out of the environment, which handlers hand on to processes of their own. */
export function forgetSoloRequest(env: NodeJS.ProcessEnv = process.env): void {
  delete env[VARIABLE];
}

/** The environment of such a process. */
export function soloEnvironment(request: SoloRequest): NodeJS.ProcessEnv {
  return { ...process.env, [VARIABLE]: JSON.stringify(request) };
}
