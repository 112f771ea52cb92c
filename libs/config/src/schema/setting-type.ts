/** A piece of JSON Schema, draft 7: the one that editors understand. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * How a kind of value is written, read, checked and shown. One object serves the YAML file, the environment, the
 * command line, the error messages and the documentation.
 */
export interface SettingType<T = unknown> {
  /** The word for it in the documentation: `integer`, `duration`, `list`. */
  readonly name: string;
  /** Ends the sentence "expected …". */
  readonly expected: string;
  /** Takes a value as YAML gives it; `undefined` when it has another type. */
  fromYaml(value: unknown): T | undefined;
  /** Takes a value as the environment or the command line gives it; `undefined` when it cannot be read. */
  fromText(text: string): T | undefined;
  /** Writes a value in the operator's spelling: `30s`, `["high","low"]`, `0.5`. */
  format(value: T): string;
  /** What YAML may hold, for editors. It never refuses what is taken; a lower limit of a duration it cannot know. */
  readonly schema: JsonSchema;
  /** class-validator decorators that a value must pass after it was read. */
  readonly constraints: readonly PropertyDecorator[];
}
