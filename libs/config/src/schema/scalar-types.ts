import { IsBoolean, IsIn, IsInt, IsNumber, IsPositive, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { formatGoDuration, parseGoDuration } from '../go-duration.js';
import type { JsonSchema, SettingType } from './setting-type.js';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const MAX_TEXT_LENGTH = 4_096;

const readNumber = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : undefined);
const numberFromYaml = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const textFromYaml = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Whole numbers from `min` to `max`, both included. */
export function integer({ min, max }: { min: number; max?: number }): SettingType<number> {
  const range = max === undefined ? `≥ ${min}` : `from ${min} to ${max}`;
  return {
    name: 'integer',
    expected: `an integer ${range}`,
    fromYaml: numberFromYaml,
    fromText: readNumber,
    format: String,
    schema: { type: 'integer', minimum: min, maximum: max ?? Number.MAX_SAFE_INTEGER },
    constraints: [IsInt(), Min(min), Max(max ?? Number.MAX_SAFE_INTEGER)],
  };
}

/** A count of bytes, written as a whole number. */
export function bytes(range: { min: number; max: number }): SettingType<number> {
  const type = integer(range);
  return { ...type, name: 'bytes', expected: `${type.expected} (bytes)` };
}

/** Numbers above 0, up to and including `max`. */
export function positiveNumber({ max }: { max: number }): SettingType<number> {
  return {
    name: 'number',
    expected: `a number > 0 and ≤ ${max}`,
    fromYaml: numberFromYaml,
    fromText: readNumber,
    format: String,
    schema: { type: 'number', exclusiveMinimum: 0, maximum: max },
    constraints: [IsNumber(), IsPositive(), Max(max)],
  };
}

/** `true` or `false`; in the environment also `1` or `0`. */
export function bool(): SettingType<boolean> {
  const words: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };
  return {
    name: 'boolean',
    expected: 'true or false',
    fromYaml: (value) => (typeof value === 'boolean' ? value : undefined),
    fromText: (text) => (Object.hasOwn(words, text) ? words[text] : undefined),
    format: String,
    schema: { type: 'boolean' },
    constraints: [IsBoolean()],
  };
}

/** Milliseconds, written as a Go duration of at least `min`. */
export function duration({ min }: { min: string }): SettingType<number> {
  const minMs = parseGoDuration(min);
  if (minMs === undefined) throw new TypeError(`"${min}" is not a Go duration`);
  return {
    name: 'duration',
    expected: `a duration ≥ ${min}, such as 500ms, 30s or 1m30s`,
    fromYaml: (value) => (value === 0 ? 0 : typeof value === 'string' ? parseGoDuration(value) : undefined),
    fromText: parseGoDuration,
    format: formatGoDuration,
    schema: durationSchema(minMs),
    constraints: [IsNumber(), Min(minMs)],
  };
}

/** One of the given words. */
export function oneOf<const W extends string>(...words: readonly W[]): SettingType<W> {
  return {
    name: 'enum',
    expected: words.length === 2 ? words.join(' or ') : `one of ${words.join(', ')}`,
    fromYaml: (value) => textFromYaml(value) as W | undefined,
    fromText: (text) => text as W,
    format: JSON.stringify,
    schema: { type: 'string', enum: words },
    constraints: [IsIn(words)],
  };
}

/** Any text; in YAML it must not look like a number or a boolean. */
export function text(): SettingType<string> {
  return {
    name: 'string',
    expected: 'text (in quotes, when it looks like something else)',
    fromYaml: textFromYaml,
    fromText: (value) => value,
    format: JSON.stringify,
    schema: { type: 'string', maxLength: MAX_TEXT_LENGTH },
    constraints: [IsString(), MaxLength(MAX_TEXT_LENGTH)],
  };
}

/** Text of one form. */
export function textLike(pattern: RegExp, expected: string): SettingType<string> {
  const type = text();
  const schema = { ...type.schema, pattern: pattern.source };
  return { ...type, expected, schema, constraints: [...type.constraints, Matches(pattern)] };
}

/** Above a minimum of zero something must be there that is not zero. */
function durationSchema(minMs: number): JsonSchema {
  const terms = String.raw`((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+`;
  if (minMs > 0) return { type: 'string', pattern: `^(?=.*[1-9])\\+?${terms}$` };
  return { anyOf: [{ const: 0 }, { type: 'string', pattern: `^(-?0|\\+?(0|${terms}))$` }] };
}
