import { settingFacts, type SettingFacts } from '@app/config';
import type { CommandFacts, FlagFacts } from '../apps/admin/src/help/command-facts.js';
import { EXIT_MEANINGS, exitLine } from '../apps/admin/src/help/exit-meanings.js';

/** The tables of all settings, one a section: what stands between the marks `settings` of docs/configuration.md. */
export function settingTables(): string {
  const all = settingFacts();
  const sections = [...new Set(all.map(sectionOf))];
  const tableOf = (name: string) => settingTable(all.filter((facts) => sectionOf(facts) === name));
  return sections.map((name) => `### \`${name}\`\n\n${tableOf(name)}`).join('\n\n');
}

const EXAMPLE_HEAD = `# yaml-language-server: $schema=./config.schema.json
# Every setting of the suite, with its default. One file serves producer, worker and admin: each app checks all of it.
# Copy it to config/config.yaml and keep the lines that you change; what is left out has its default.
# Durations are written as in Go: 500ms, 30s, 1m30s, 24h. How variables override a setting: docs/configuration.md.
`;

/** config/config.example.yaml: every setting with its default, below its meaning. */
export function exampleFile(): string {
  const lines = [EXAMPLE_HEAD];
  let above: readonly string[] = [];
  for (const { path, meaning, defaultText } of settingFacts()) {
    const sections = path.split('.').slice(0, -1);
    const firstNew = sections.findIndex((name, depth) => above[depth] !== name);
    const begun = firstNew < 0 ? [] : sections.slice(firstNew);
    if (firstNew === 0 && above.length > 0) lines.push('');
    lines.push(...begun.map((name, at) => `${indent(firstNew + at)}${name}:`));
    const start = indent(sections.length);
    lines.push(`${start}# ${meaning.replaceAll('`', '')}`, `${start}${path.split('.').at(-1)}: ${inYaml(defaultText)}`);
    above = sections;
  }
  return lines.join('\n');
}

/** A word needs no quotes, unless YAML takes it for something else; nor does a key of a map. */
function inYaml(text: string): string {
  const word = /^"([a-z][a-z.]*)"$/.exec(text)?.[1];
  if (word !== undefined && !['off', 'on', 'yes', 'no', 'true', 'false', 'null'].includes(word)) return word;
  return text.replaceAll(/"(\w+)":/g, '$1: ');
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

/** The reference of all commands: what stands between the marks `commands` of docs/cli.md. */
export function commandReference(all: readonly CommandFacts[]): string {
  const [program, ...commands] = all;
  const runnable = commands.filter((command) => command.commands.length === 0);
  return [
    table(['command', 'is'], runnable.map(commandRow)),
    'Flags of every command, before or after it:',
    flagTable(program?.flags ?? []),
    ...runnable.map(commandChapter),
    '### Exit codes',
    table(['code', 'means'], Object.entries(EXIT_MEANINGS)),
  ].join('\n\n');
}

/** Puts new text between two marks. @throws the page does not have them. */
export function replaceMarked(page: string, name: string, text: string): string {
  const [start, end] = [`<!-- ${name} (generated: npm run docs) -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no lines ${start} and ${end}`);
  return `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`;
}

function sectionOf({ path }: SettingFacts): string {
  return path.slice(0, path.indexOf('.'));
}

function settingTable(facts: readonly SettingFacts[]): string {
  const rows = facts.map(({ path, defaultText, type, meaning, variables }) => [
    `\`${path}\``,
    `\`${defaultText}\``,
    type,
    meaning,
    variables.map((variable) => `\`${variable}\``).join(', '),
  ]);
  return table(['Setting', 'Default', 'Type', 'Meaning', 'Environment'], rows);
}

function commandRow({ path, description }: CommandFacts): string[] {
  return [`[\`${path}\`](#admin-${path.replaceAll(' ', '-')})`, description];
}

function commandChapter({ path, description, usage, examples, flags, exitCodes, scope }: CommandFacts): string {
  return [
    `### admin ${path}`,
    `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
    ['```', ...examples.map((line) => `admin ${line}`), '```'].join('\n'),
    `Usage: \`${usage}\``,
    ...(flags.length > 0 ? [flagTable(flags)] : []),
    `Scope: ${scope}. Exit codes: ${exitLine(exitCodes)}.`,
  ].join('\n\n');
}

function flagTable(flags: readonly FlagFacts[]): string {
  const rows = flags.map(({ flags: spelling, description, choices }) => [
    `\`${spelling}\``,
    choices.length > 0 ? `${description}: ${choices.map((word) => `\`${word}\``).join(', ')}` : description,
  ]);
  return table(['flag', 'means'], rows);
}

/** prettier aligns the columns. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}
