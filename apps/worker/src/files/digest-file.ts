import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 131_072;
/** Enough to recognise a document inside a ZIP container. */
const HEAD_BYTES = 65_536;

/** What one pass over a file found. */
export interface FileDigest {
  /** Hexadecimal, lower case. */
  readonly sha256: string;
  readonly bytes: number;
  /** The beginning: the whole file when `bytes` is not more. */
  readonly head: Buffer;
}

/** Reads a file to its end, in chunks. @throws the signal's reason when it is aborted meanwhile. */
export async function digestFile(file: FileHandle, signal: AbortSignal): Promise<FileDigest> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let head: Buffer | undefined;
  for (let bytes = 0; ;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, bytes);
    const chunk = buffer.subarray(0, bytesRead);
    head ??= Buffer.from(chunk.subarray(0, HEAD_BYTES));
    if (bytesRead === 0) return { sha256: hash.digest('hex'), bytes, head };
    hash.update(chunk);
    bytes += bytesRead;
  }
}
