import { existsSync, readFileSync } from 'node:fs';

/** One process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** In clock ticks since the machine started; empty where the system does not say (no /proc). */
  readonly startedAt: string;
}

/** @returns `undefined` when no process of that pid runs; one that ended but was not yet waited for does not run. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!existsSync('/proc/self/stat')) return isAlive(pid) ? { pid, startedAt: '' } : undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold anything
    return fields[0] === 'Z' ? undefined : { pid, startedAt: fields[19]! };
  } catch {
    return undefined;
  }
}

export function isRunning(process: ProcessIdentity): boolean {
  return identify(process.pid)?.startedAt === process.startedAt;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
