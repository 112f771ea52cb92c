import { fork, type ChildProcess, type StdioOptions } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What to run, and with what. */
export interface ChildProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
}

/**
 * Starts a Node program that does not outlive this process: on Linux the kernel sends it SIGTERM when this one dies
 * (setpriv), everywhere it sees the channel close. It is in a group of its own, so Ctrl-C in a terminal reaches it only
 * through us, once.
 */
export function forkTied({ file, args, env, stdio }: ChildProgram): ChildProcess {
  const setpriv = findOnPath('setpriv');
  const tied = setpriv && {
    execPath: setpriv,
    execArgv: ['--pdeathsig', 'TERM', '--', process.execPath, ...process.execArgv],
  };
  return fork(file, [...args], { env, stdio, detached: true, ...tied });
}

function findOnPath(name: string): string | undefined {
  const files = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name));
  return process.platform === 'linux' ? files.find(isExecutable) : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
