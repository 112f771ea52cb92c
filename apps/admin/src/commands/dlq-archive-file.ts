import { isUtf8 } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { type ArchivedJob, QueueError } from '@app/queue';
import { UsageError } from './usage.error.js';

/** A line of an export, read. */
export interface ArchivedLine {
  /** Counted from 1. */
  readonly number: number;
  readonly job: ArchivedJob;
}

const CHUNK_BYTES = 1_048_576;
const NEWLINE = 10;

/** An export in a file. It is read twice, so that nothing of a bad file is imported; a pipe cannot be. */
export class ArchiveFile {
  private constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    private readonly read: (line: string) => ArchivedJob,
  ) {}

  /** @throws {UsageError} it is not there, or no file. */
  static async open(path: string, read: (line: string) => ArchivedJob): Promise<ArchiveFile> {
    const file = await open(path, 'r').catch((error: Error) => {
      throw new UsageError(`${path}: ${error.message}`);
    });
    if ((await file.stat()).isFile()) return new ArchiveFile(path, file, read);
    await file.close();
    throw new UsageError(
      `${path}: found no regular file; an import is read twice, so write the export to a file first`,
    );
  }

  /** Every line from the start. @throws {UsageError} names the first line that is none of an export. */
  async *lines(): AsyncGenerator<ArchivedLine> {
    let number = 0;
    for await (const line of this.rawLines()) {
      number++;
      yield { number, job: this.parse(line, number) };
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private parse(line: Buffer, number: number): ArchivedJob {
    if (!isUtf8(line)) throw new UsageError(`${this.path}:${number}: is no UTF-8`);
    try {
      return this.read(line.toString());
    } catch (error) {
      if (error instanceof QueueError) throw new UsageError(`${this.path}:${number}: ${error.message}`);
      throw error;
    }
  }

  private async *rawLines(): AsyncGenerator<Buffer> {
    let rest: Buffer[] = [];
    for (let position = 0; ;) {
      const { bytesRead, buffer } = await this.file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      let from = 0;
      for (let end = buffer.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = buffer.indexOf(NEWLINE, from)) {
        yield Buffer.concat([...rest, buffer.subarray(from, end)]);
        rest = [];
        from = end + 1;
      }
      rest.push(buffer.subarray(from, bytesRead));
    }
    const last = Buffer.concat(rest);
    if (last.length > 0) yield last;
  }
}
