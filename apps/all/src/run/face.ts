import type { Outlook } from './outlook.js';

export type NoteLevel = 'info' | 'warn' | 'error';

/** How `--role=all` speaks: a screen for a person, or JSON lines among those of its children. */
export interface Face {
  note(level: NoteLevel, text: string): void;
  outlook(outlook: Outlook): void;
  /** The end has begun; no progress is shown from now on. */
  draining(): void;
}
