const LONGEST_CUT_CHARACTER_BYTES = 3; // the ellipsis that says that something is missing

/** At most this many bytes of UTF-8; what was cut ends in `…`. */
export function cutBytes(text: string, limit: number): string {
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const kept = Buffer.from(text).subarray(0, limit - LONGEST_CUT_CHARACTER_BYTES);
  return `${new TextDecoder().decode(kept, { stream: true })}…`;
}

/**
 * Takes out what must never be logged and may stand in an error message: credentials inside a URL, and the arguments
 * that Redis repeats when it does not know a command (a renamed AUTH would show the password).
 */
export function redactSecrets(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]*@/gi, '$1***@')
    .replaceAll(/(with args beginning with:?)[^\n]*/gi, '$1 ***');
}

// Controls, line separators, lone surrogates and invisible formatting; they could move a cursor or hide a text.
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;

/** One line that is safe on a terminal: everything that is not plain text is shown as `\uXXXX`. */
export function escapeControls(text: string): string {
  return text.replaceAll(UNSAFE, (character) =>
    Array.from({ length: character.length }, (_, at) => unicodeEscape(character.charCodeAt(at))).join(''),
  );
}

function unicodeEscape(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
