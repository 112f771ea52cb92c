/** What a source yields, in arrays of `size`; the last one may be shorter. */
export async function* inBatches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[], void, undefined> {
  let batch: T[] = [];
  for await (const item of source) {
    batch.push(item);
    if (batch.length === size) yield batch.splice(0);
  }
  if (batch.length > 0) yield batch;
}
