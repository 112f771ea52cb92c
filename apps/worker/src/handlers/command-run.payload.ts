import { Transform } from 'class-transformer';
import { IsOptional, IsString } from 'class-validator';

/** What a job of kind `command.run` says. */
export class CommandRunPayload {
  /** A name from `worker.command_run.commands`. */
  @IsString()
  readonly command!: string;

  /** Any JSON, given to the command on stdin exactly as it came; absent: `null`. */
  @IsOptional()
  @Transform(({ obj }) => (obj as CommandRunPayload).input)
  readonly input?: unknown;
}
