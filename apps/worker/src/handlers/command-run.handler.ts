import { WorkerConfig } from '@app/config';
import { type Job, type JobContext, JobHandler, type JobHandlerContract, UnrecoverableJobError } from '@app/queue';
import { Injectable } from '@nestjs/common';
import { type CommandEnd, runCommand } from '../commands/run-command.js';
import { CommandRunPayload } from './command-run.payload.js';

/** What is stored as the outcome of the job. */
export interface CommandRunResult {
  /** Its first 8 KiB, as text. */
  readonly stdout: string;
  readonly truncated: boolean;
}

/** EX_TEMPFAIL of sysexits.h: the command asks to be tried again. */
const TRY_AGAIN = 75;
const MESSAGE_CHARS = 500;
/** What a command may see of the worker's environment: nothing that can hold a secret. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];

/**
 * Runs a command that the configuration names, with `payload.input` on stdin. Exit code 0: done; 75, or the end by a
 * signal: a failed attempt; any other: never again. Killed, with all its children, when the run is aborted.
 */
@Injectable()
@JobHandler('command.run', { payload: CommandRunPayload })
export class CommandRunHandler implements JobHandlerContract<CommandRunPayload, CommandRunResult> {
  constructor(private readonly config: WorkerConfig) {}

  async handle(job: Job<CommandRunPayload>, { signal, attempt }: JobContext): Promise<CommandRunResult> {
    const { command, input } = job.payload;
    const argv = this.argumentsOf(command);
    const env = { ...passedOn(), JOB_ID: job.id, JOB_ATTEMPT: String(attempt) };
    const end = await runCommand({ argv, stdin: `${JSON.stringify(input ?? null)}\n`, env, signal });
    judgeEnd(command, end);
    return { stdout: end.stdout.text, truncated: end.stdout.truncated };
  }

  private argumentsOf(command: string): readonly string[] {
    const { commands } = this.config.commandRun;
    if (Object.hasOwn(commands, command)) return commands[command]!;
    throw new UnrecoverableJobError(
      `the command ${JSON.stringify(command)} is not in worker.command_run.commands: add it there, then requeue the job`,
    );
  }
}

function judgeEnd(command: string, { code, signal, stderr }: CommandEnd): void {
  if (code === 0) return;
  const how = code === null ? `was ended by ${signal}` : `exited with ${code}`;
  const said = stderr.text.trim().slice(0, MESSAGE_CHARS);
  const message = `the command ${JSON.stringify(command)} ${how}${said === '' ? '' : `: ${said}`}`;
  if (code === TRY_AGAIN || code === null) throw new Error(message);
  throw new UnrecoverableJobError(message);
}

function passedOn(): Record<string, string> {
  const present = PASSED_ON.filter((name) => process.env[name] !== undefined);
  return Object.fromEntries(present.map((name) => [name, process.env[name]!]));
}
