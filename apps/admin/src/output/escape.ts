// Controls, line separators, halves of a surrogate pair, and everything that formats but cannot be seen (direction,
// zero width, tags), but not the joiners that emoji and some scripts need. A payload with them could move the cursor,
// set the clipboard or hide what it says.
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text that came from a job, a worker or the command line, safe to show on a terminal and always on one line. */
export function escapeText(text: string): string {
  return text.replaceAll(UNSAFE, (character) => SHORT[character] ?? codeUnits(character));
}

/** JSON that is safe to show on a terminal too: what JSON itself leaves raw is written as `\uXXXX`, with the same meaning. */
export function escapeJson(json: string): string {
  return json.replaceAll(UNSAFE, (character) => (character === '\n' ? character : codeUnits(character)));
}

function codeUnits(character: string): string {
  return character.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
