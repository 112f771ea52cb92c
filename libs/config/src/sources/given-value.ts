import type { ConfigIssue } from '../config-issue.js';

/** The places a value comes from, the weakest first. */
export const RANKS = { file: 1, environment: 2, override: 3 } as const;

/** A value as it was given, before it is read. */
export interface GivenValue {
  readonly value: unknown;
  /** Read by the rules for text (environment, command line), not by those for YAML. */
  readonly isText: boolean;
  /** `config.yaml:12`, the name of a variable, a flag. */
  readonly origin: string;
  readonly rank: (typeof RANKS)[keyof typeof RANKS];
}

/** Values by path of their setting. */
export type GivenValues = ReadonlyMap<string, GivenValue>;

/** What one place gave, and what was wrong with it. */
export interface Source {
  readonly values: GivenValues;
  readonly issues: readonly ConfigIssue[];
}

/** Puts places on top of each other. @param sources - the weakest first. */
export function overlay(sources: readonly Source[]): Map<string, GivenValue> {
  return new Map(sources.flatMap(({ values }) => [...values]));
}
