import 'reflect-metadata';
import { vi } from 'vitest';
import { runCli } from '../src/run-cli.js';

/** How a command ended. */
export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in this process: the same code as the program, without the second that its start takes. One at a time. */
export async function runInProcess(args: readonly string[], env: Readonly<Record<string, string>>): Promise<CliRun> {
  const before = { argv: process.argv, exitCode: process.exitCode };
  const [out, err] = [capture('stdout'), capture('stderr')];
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    process.argv = ['node', 'admin', ...args];
    process.exitCode = undefined;
    await runCli();
    return { code: Number(process.exitCode ?? 0), stdout: out.end(), stderr: err.end() };
  } finally {
    process.argv = before.argv;
    process.exitCode = before.exitCode;
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  }
}

function capture(name: 'stdout' | 'stderr'): { end(): string } {
  const chunks: string[] = [];
  vi.spyOn(process[name], 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0);
  return { end: () => chunks.join('') };
}
