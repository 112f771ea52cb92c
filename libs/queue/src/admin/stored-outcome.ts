/** How a completed job ended. */
export interface StoredOutcome {
  /** ms, Redis clock. */
  readonly finishedAtMs: number;
  readonly durationMs: number;
  readonly workerId: string;
  /** What the handler returned; null: nothing. The raw text when it is not JSON. */
  readonly result: unknown;
}

const FORMAT = /^(\d+) (\d+(?:\.\d+)?) (\S+)\n/;

/** Reads a stored outcome; null: there is none, or it is unreadable. */
export function decodeOutcome(text: string | null): StoredOutcome | null {
  const match = text === null ? null : FORMAT.exec(text);
  if (text === null || !match) return null;
  const [head, finishedAt, duration, workerId = ''] = match;
  return {
    finishedAtMs: Number(finishedAt),
    durationMs: Number(duration),
    workerId,
    result: readResult(text.slice(head.length)),
  };
}

function readResult(json: string): unknown {
  if (json === '') return null;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}
