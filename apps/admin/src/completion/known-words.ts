import type { CommandFacts, FlagFacts } from '../help/command-facts.js';

/** The programs that complete: the CLI, by itself or by an alias of this name, and the one-binary face. */
export const PROGRAMS = ['admin', 'job-queue-system'] as const;

/** The roles of the one-binary face. */
export const ROLES = ['all', 'producer', 'worker', 'admin'] as const;

/** Flags whose value is a path are completed with files. */
const PATHS = /^(path|file|folder|dir)$/i;

/** Flags of a command with those of the program. */
export function flagsOf(facts: CommandFacts, all: readonly CommandFacts[]): FlagFacts[] {
  const [program] = all;
  return facts.path === '' || program === undefined ? [...facts.flags] : [...facts.flags, ...program.flags];
}

/** Every flag that takes a file, once. */
export function fileFlags(all: readonly CommandFacts[]): string[] {
  const flags = all.flatMap(({ flags: own }) => own).filter(({ value }) => value !== undefined && PATHS.test(value));
  return [...new Set(flags.map(({ name }) => name))];
}

/** Every flag that takes one of some words, by `command flag`. */
export function choiceFlags(
  all: readonly CommandFacts[],
): { path: string; name: string; choices: readonly string[] }[] {
  return all.flatMap(({ path, flags }) =>
    flags.filter(({ choices }) => choices.length > 0).map(({ name, choices }) => ({ path, name, choices })),
  );
}

/** A word for the shell that may hold anything. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
