import { decodeHeader, decodeRecord, RecordError, type RecordHeader } from '../job/job-codec.js';
import type { Job } from '../job/job.js';

/** A record that was read, or its raw text and why it cannot be. `cut`: only its start was asked for. */
export type RecordReading =
  | { readonly isReadable: true; readonly job: Job }
  | { readonly isReadable: false; readonly fault: RecordError['fault'] | 'cut'; readonly text: string };

/**
 * A record as it is stored. Its JSON is parsed when somebody asks, and never shows up when this is logged or serialised:
 * a payload is seen only by who calls {@link read}.
 */
export class StoredRecord {
  readonly #id: string;
  readonly #text: string | null;
  readonly #isCut: boolean;
  /** Size of the whole record; 0: it is missing. */
  readonly bytes: number;

  /** @param cutFrom - size of the whole record, when `text` is only its start. */
  constructor(id: string, text: string | null, cutFrom?: number) {
    this.#id = id;
    this.#text = text;
    this.#isCut = cutFrom !== undefined;
    this.bytes = cutFrom ?? Buffer.byteLength(text ?? '');
  }

  /** Its first line; undefined: missing or unreadable. */
  get header(): RecordHeader | undefined {
    return this.#text === null ? undefined : decodeHeader(this.#text);
  }

  /** Payload, headers and options. Never throws. */
  read(): RecordReading {
    const text = this.#text ?? '';
    if (this.#isCut) return { isReadable: false, fault: 'cut', text };
    try {
      return { isReadable: true, job: decodeRecord(this.#id, this.#text) };
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      return { isReadable: false, fault: error.fault, text };
    }
  }
}
