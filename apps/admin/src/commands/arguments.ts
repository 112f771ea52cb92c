import { UsageError } from './usage.error.js';

/** A whole number between two bounds, both included. */
export function parseWhole(flag: string, text: string, min: number, max: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag}: found "${text}", expected a whole number from ${min} to ${max}`);
}

/** One of the given words. */
export function parseChoice<Word extends string>(flag: string, text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  throw new UsageError(`${flag}: found "${text}", expected ${words.join(', ')}`);
}
