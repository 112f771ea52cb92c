/** 16 MiB, whatever the folder holds. */
const SLOTS = 2 ** 21;
/** The part of a key that is a digest begins here: `file:…`. Eight bytes of it are enough. */
const DIGEST = { start: 5, end: 16 };

/**
 * Files of which this process knows that their job was settled, by their unique key, so that walking the folder again asks
 * Redis nothing about them. Its size is fixed: of two keys that meet in a slot the older one is forgotten, and a forgotten
 * file costs one refused duplicate. Two keys are mistaken for each other once in 2^64.
 */
export class KnownFiles {
  private readonly slots = new BigUint64Array(SLOTS);

  add(uniqueKey: string): void {
    const print = printOf(uniqueKey);
    this.slots[slotOf(print)] = print;
  }

  has(uniqueKey: string): boolean {
    const print = printOf(uniqueKey);
    return this.slots[slotOf(print)] === print;
  }
}

function printOf(uniqueKey: string): bigint {
  return Buffer.from(uniqueKey.slice(DIGEST.start, DIGEST.end), 'base64url').readBigUInt64LE();
}

function slotOf(print: bigint): number {
  return Number(print % BigInt(SLOTS));
}
