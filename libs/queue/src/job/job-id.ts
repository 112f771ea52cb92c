/**
 * A UUIDv7 (RFC 9562): sorts by time, so that records written together lie together.
 *
 * @param nowMs - ms since the Unix epoch; only for order, never for a decision
 * @param random - 10 random bytes from `offset` on
 */
export function uuidV7(nowMs: number, random: Uint8Array, offset = 0): string {
  const time = nowMs.toString(16).padStart(12, '0');
  let hex = '';
  for (let index = 0; index < 10; index++) hex += BYTE_HEX[random[offset + index] ?? 0];
  const variant = HEX_VARIANT[Number.parseInt(hex[3] ?? '0', 16) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(4, 7)}-${hex.slice(7, 19)}`;
}

const BYTE_HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX_VARIANT = ['8', '9', 'a', 'b'] as const;
