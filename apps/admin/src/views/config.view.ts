import type { EffectiveSetting, SettingFacts } from '@app/config';
import { escapeJson, escapeText } from '../output/escape.js';
import type { Terminal } from '../output/render.js';
import { type Column, formatTable } from '../output/table.js';

/** Where comments stand, when the value leaves room. */
const COMMENT_COLUMN = 44;

const VARIABLE_COLUMNS: readonly Column[] = [
  { title: 'VARIABLE' },
  { title: 'SETTING' },
  { title: 'TYPE' },
  { title: 'DEFAULT', shrinks: true },
];

/** The configuration in force, as YAML. A secret that is set stands as a comment, so the text can be used as a file. */
export function configView(
  settings: readonly EffectiveSetting[],
  showsOrigin: boolean,
  { paint }: Pick<Terminal, 'paint'>,
): string {
  let above: readonly string[] = [];
  const lines: string[] = [];
  for (const setting of settings) {
    const sections = setting.path.split('.').slice(0, -1);
    lines.push(...headings(above, sections), settingLine(setting, showsOrigin, paint));
    above = sections;
  }
  return lines.join('\n');
}

/** Every variable with the setting it sets. A secret has two: its value, or the name of a file with it. */
export function variablesView(facts: readonly SettingFacts[], { width, paint }: Terminal): string {
  const rows = facts.flatMap(({ path, type, defaultText, variables }) =>
    variables.map((variable, index) => [
      { text: variable },
      { text: path },
      { text: index === 0 ? type : 'file name', paint: paint.dim },
      { text: index === 0 ? defaultText : '', paint: paint.dim },
    ]),
  );
  return formatTable(VARIABLE_COLUMNS, rows, width);
}

/** The sections that begin here. */
function headings(above: readonly string[], sections: readonly string[]): string[] {
  const firstNew = sections.findIndex((name, depth) => above[depth] !== name);
  if (firstNew < 0) return [];
  return sections.slice(firstNew).map((name, depth) => `${indent(firstNew + depth)}${name}:`);
}

function settingLine({ path, text, origin }: EffectiveSetting, showsOrigin: boolean, paint: Terminal['paint']): string {
  const names = path.split('.');
  const start = `${indent(names.length - 1)}${text === undefined ? '# ' : ''}${names.at(-1)}: `;
  const line = start + (text === undefined ? '(hidden)' : escapeJson(text));
  if (!showsOrigin) return text === undefined ? paint.dim(line) : line;
  const comment = `# ${escapeText(origin)}`;
  return `${line.padEnd(COMMENT_COLUMN)} ${paint.dim(comment)}`;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}
