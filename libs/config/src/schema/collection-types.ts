import { ArrayMinSize, ArrayUnique, IsArray, IsString, Matches, ValidateBy } from 'class-validator';
import type { JsonSchema, SettingType } from './setting-type.js';

/** What the items of a list must look like. */
export interface ListRules {
  /** What they are, in the plural: `queue names`. */
  readonly items: string;
  readonly pattern: RegExp;
  readonly minSize?: number;
}

/**
 * A list of different texts. In the environment: separated by commas (spaces around them are dropped), or JSON, which
 * is the way to write an item that contains a comma.
 */
export function list({ items, pattern, minSize = 0 }: ListRules): SettingType<readonly string[]> {
  return {
    name: 'list',
    expected: `a list of ${minSize > 0 ? `at least ${minSize} ` : ''}different ${items}`,
    fromYaml: asArray,
    fromText: (text) => (text.startsWith('[') ? asArray(readJson(text)) : splitAtCommas(text)),
    format: JSON.stringify,
    schema: { type: 'array', items: { type: 'string', pattern: pattern.source }, minItems: minSize, uniqueItems: true },
    constraints: [
      IsArray(),
      ArrayMinSize(minSize),
      ArrayUnique(),
      IsString({ each: true }),
      Matches(pattern, { each: true }),
    ],
  };
}

/** Whole numbers by name, such as the shares of the queues. In the environment: `high=5,low=1`, or JSON. */
export function weights({ min, max }: { min: number; max: number }): SettingType<Readonly<Record<string, number>>> {
  const isWeight = (value: unknown) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const validate = (value: unknown) => Object.values(asMap(value) ?? { none: undefined }).every(isWeight);
  return {
    name: 'map',
    expected: `a map of names to integers from ${min} to ${max}, such as { high: 5, low: 1 }`,
    fromYaml: asMap,
    fromText: (text) => asMap(text.startsWith('{') ? readJson(text) : splitPairs(text)),
    format: JSON.stringify,
    schema: { type: 'object', additionalProperties: { type: 'integer', minimum: min, maximum: max } },
    constraints: [ValidateBy({ name: 'weights', validator: { validate } })],
  };
}

/**
 * Programs with their arguments by name, each a list: no shell ever splits them. In the environment: JSON.
 */
export function commands(namePattern: RegExp): SettingType<Readonly<Record<string, readonly string[]>>> {
  const isCommand = ([name, argv]: [string, unknown]) => namePattern.test(name) && isArgumentList(argv);
  const validate = (value: unknown) => value !== undefined && Object.entries(value as object).every(isCommand);
  return {
    name: 'map',
    expected: 'a map of names to lists of a program and its arguments, such as { resize: [convert, "-"] }',
    fromYaml: (value) => asMap<readonly string[]>(value),
    fromText: (text) => asMap<readonly string[]>(readJson(text)),
    format: JSON.stringify,
    schema: { type: 'object', propertyNames: { pattern: namePattern.source }, additionalProperties: ARGUMENT_LIST },
    constraints: [ValidateBy({ name: 'commands', validator: { validate } })],
  };
}

/** The same as {@link isArgumentList}, for editors. */
const ARGUMENT_LIST: JsonSchema = {
  type: 'array',
  minItems: 1,
  items: { type: 'string', pattern: String.raw`^[^\u0000]*$` },
  allOf: [{ items: [{ minLength: 1 }] }],
};

function isArgumentList(argv: unknown): boolean {
  const isArgument = (item: unknown) => typeof item === 'string' && !item.includes('\0');
  return Array.isArray(argv) && argv.length > 0 && argv[0] !== '' && argv.every(isArgument);
}

function asArray(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function asMap<Item = number>(value: unknown): Record<string, Item> | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Record<string, Item>) : undefined;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function splitAtCommas(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}

function splitPairs(text: string): Record<string, number> {
  const pairs = splitAtCommas(text).map((pair) => pair.split('=').map((part) => part.trim()));
  return Object.fromEntries(pairs.map(([name = '', value = '', ...rest]) => [name, toWeight(value, rest)]));
}

function toWeight(value: string, rest: readonly string[]): number {
  return rest.length === 0 && /^\d+$/.test(value) ? Number(value) : Number.NaN;
}
