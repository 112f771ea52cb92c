import { IsString, Matches, MaxLength } from 'class-validator';

// The limit of Linux (PATH_MAX).
const MAX_PATH_CHARS = 4_096;

/** What a job of kind `file.digest` says. */
export class FileDigestPayload {
  @IsString()
  @MaxLength(MAX_PATH_CHARS)
  @Matches(/^\/[^\0]*$/s, { message: 'path must be absolute, without NUL bytes' })
  readonly path!: string;
}
