/** 16 MiB, whatever the folder holds. */
const SLOTS = 2 ** 21;
/** A key may stand in any slot of its row. */
const ROW = 4;
/** The part of a key that is a digest begins here: `file:…`. Eight bytes of it are enough. */
const DIGEST = { start: 5, end: 16 };

/**
 * Files of which this process knows that their job was settled, by their unique key, so that walking the folder again asks
 * Redis nothing about them. Its size is fixed: when a row is full, the oldest key of the row is forgotten, and a forgotten
 * file costs one refused duplicate. Two keys are mistaken for each other once in 2^64.
 */
export class KnownFiles {
  private readonly slots: BigUint64Array;

  constructor(slots = SLOTS) {
    this.slots = new BigUint64Array(slots);
  }

  add(uniqueKey: string): void {
    const print = printOf(uniqueKey);
    const row = this.rowOf(print);
    if (row.includes(print)) return;
    row.copyWithin(1, 0); // newest first
    row[0] = print;
  }

  has(uniqueKey: string): boolean {
    const print = printOf(uniqueKey);
    return this.rowOf(print).includes(print);
  }

  private rowOf(print: bigint): BigUint64Array {
    const start = Number(print % BigInt(this.slots.length / ROW)) * ROW;
    return this.slots.subarray(start, start + ROW);
  }
}

function printOf(uniqueKey: string): bigint {
  return Buffer.from(uniqueKey.slice(DIGEST.start, DIGEST.end), 'base64url').readBigUInt64LE();
}
