import { UnrecoverableJobError } from '@app/queue';
import { IsString, Matches, MaxLength, validateSync } from 'class-validator';

// The limit of Linux (PATH_MAX).
const MAX_PATH_CHARS = 4_096;

/** What a job of kind `file.digest` says. Other fields are ignored. */
export class FileDigestPayload {
  @IsString()
  @MaxLength(MAX_PATH_CHARS)
  @Matches(/^\/[^\0]*$/s, { message: 'path must be absolute, without NUL bytes' })
  readonly path!: string;
}

/** @throws {UnrecoverableJobError} with everything that is wrong: no later attempt can mend a payload. */
export function readFileDigestPayload(payload: unknown): FileDigestPayload {
  const { path } = (payload ?? {}) as FileDigestPayload;
  const candidate = Object.assign(new FileDigestPayload(), { path });
  const faults = validateSync(candidate).flatMap((fault) => Object.values(fault.constraints ?? {}));
  if (faults.length > 0) throw new UnrecoverableJobError(`invalid payload: ${faults.join('; ')}`);
  return candidate;
}
