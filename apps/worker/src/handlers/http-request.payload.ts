import { Transform } from 'class-transformer';
import { IsOptional, IsString, MaxLength } from 'class-validator';

const MAX_URL_CHARS = 2_048;

/** What a job of kind `http.request` says. */
export class HttpRequestPayload {
  @IsString()
  @MaxLength(MAX_URL_CHARS)
  readonly url!: string;

  /** Any JSON, posted exactly as it came; absent: `null`. */
  @IsOptional()
  @Transform(({ obj }) => (obj as HttpRequestPayload).body)
  readonly body?: unknown;
}
