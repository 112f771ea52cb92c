import type { PauseInfo } from './overview.js';

/** The stored text of a pause. */
export function encodePause({ reason, by, untilMs }: PauseInfo): string {
  return JSON.stringify({ reason, by, untilMs });
}

/** Reads a stored pause. Whatever the text says, the queue is paused; an unreadable one is shown as its own reason. */
export function decodePause(text: string): PauseInfo {
  try {
    const { reason = '', by = '', untilMs = null } = JSON.parse(text) as Partial<PauseInfo>;
    return { reason: String(reason), by: String(by), untilMs: typeof untilMs === 'number' ? untilMs : null };
  } catch {
    return { reason: text, by: '', untilMs: null };
  }
}
