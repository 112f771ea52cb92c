/** Hexadecimal digits that {@link uuidV7} takes from its random text. */
export const RANDOM_DIGITS = 20;

/**
 * A UUIDv7 (RFC 9562): sorts by time, so that records written together lie together.
 *
 * @param nowMs - ms since the Unix epoch; only for order, never for a decision
 * @param random - hexadecimal digits, {@link RANDOM_DIGITS} of them from `offset` on
 */
export function uuidV7(nowMs: number, random: string, offset = 0): string {
  const variant = VARIANTS[Number.parseInt(random.charAt(offset + 3), 16) & 3];
  const start = random.slice(offset, offset + 3);
  const middle = random.slice(offset + 4, offset + 7);
  const end = random.slice(offset + 7, offset + 19);
  return `${timeAndVersion(nowMs)}${start}-${variant}${middle}-${end}`;
}

const VARIANTS = ['8', '9', 'a', 'b'] as const;

let lastMs = -1;
let lastText = '';

/** Most ids are made in the millisecond of the one before. */
function timeAndVersion(nowMs: number): string {
  if (nowMs !== lastMs) {
    const time = nowMs.toString(16).padStart(12, '0');
    lastText = `${time.slice(0, 8)}-${time.slice(8)}-7`;
    lastMs = nowMs;
  }
  return lastText;
}
