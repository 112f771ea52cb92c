import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { loggedInAs } from '@app/testing';

/** The built program. */
export const ADMIN_PROGRAM = fileURLToPath(new URL('../../../dist/apps/admin/index.js', import.meta.url));

/** How a command ended. */
export interface AdminRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built CLI as an operator does, without settings in the environment or the working directory, and waits for its end. */
export function runAdmin(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<AdminRun> {
  const variables = loggedInAs('admin', env, args);
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, ...variables }, cwd: tmpdir(), maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(process.execPath, [ADMIN_PROGRAM, ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}
