import { createHash } from 'node:crypto';

/** What must stay the same for a file to count as unchanged. */
export interface FileVersion {
  /** Absolute real path. */
  readonly path: string;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
}

/** The unique key of a file's job: the same for the same kind, path, size and time of change; of fixed length. */
export function fileKey(kind: string, { path, sizeBytes, mtimeNs }: FileVersion): string {
  const facts = [kind, path, sizeBytes, mtimeNs].join('\0');
  return `file:${createHash('sha256').update(facts).digest('base64url')}`;
}
