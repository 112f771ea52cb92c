import type { JobDetails } from '@app/queue';

type StoredRecord = JobDetails['record'];

/** What a producer gave a job; or why that cannot be read, and the text that is there (of a very large record: its start). */
export type JobContent =
  | {
      readonly payload: unknown;
      readonly headers: Readonly<Record<string, string>>;
      readonly uniqueKey: string | null;
      readonly maxRetries: number | null;
      readonly timeoutMs: number | null;
    }
  | { readonly unreadable: string; readonly text: string };

/** Opens a record. Only who asked for payloads may call it. */
export function contentOf(record: StoredRecord): JobContent {
  const reading = record.read();
  if (!reading.isReadable) return { unreadable: reading.fault, text: reading.text };
  const { payload, headers, uniqueKey = null, maxRetries = null, timeoutMs = null } = reading.job;
  return { payload, headers, uniqueKey, maxRetries, timeoutMs };
}

/** A payload on one line, as JSON; of an unreadable record what is stored, without its first line. */
export function payloadText(content: JobContent): string {
  if ('payload' in content) return JSON.stringify(content.payload) ?? 'null';
  return content.text === '' ? `(${content.unreadable})` : content.text;
}
