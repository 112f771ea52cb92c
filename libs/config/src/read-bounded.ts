import { closeSync, openSync, readSync } from 'node:fs';

/**
 * The text of a file that has to be small. Reads no more than it may hold, so that a device or a pipe named by mistake
 * cannot fill the memory; a pipe (`<(pass show token)`) is read to its end.
 *
 * @throws what the file system says, or a RangeError: it has more than `maxBytes`.
 */
export function readBounded(path: string, maxBytes: number): string {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= maxBytes; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    if (length > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
