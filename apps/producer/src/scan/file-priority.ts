import { basename } from 'node:path';

/** Where files go: the queue of the extensions that matter, and the queue of all others. */
export interface PriorityRules {
  /** With their dot, in any case; `.tar.gz` counts as one. */
  readonly highExts: readonly string[];
  readonly highQueue: string;
  readonly defaultQueue: string;
}

/** @returns the queue of a file, by its name alone. A name that is nothing but an extension (`.pdf`) has none. */
export function createFilePriority({ highExts, highQueue, defaultQueue }: PriorityRules): (path: string) => string {
  const endings = highExts.map((ext) => ext.toLowerCase());
  const isHigh = (name: string) => endings.some((ending) => name.length > ending.length && name.endsWith(ending));
  return (path) => (isHigh(basename(path).toLowerCase()) ? highQueue : defaultQueue);
}
