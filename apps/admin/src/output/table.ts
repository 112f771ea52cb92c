import { stripVTControlCharacters } from 'node:util';

/** One column of a table. */
export interface Column {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align?: 'left' | 'right';
  /** Cut at the end when the terminal is too narrow for the table. */
  readonly shrinks?: boolean;
}

/** Text, and how to paint it once its width is known. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const GAP = '  ';
const SMALLEST = 8;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/**
 * Columns without borders, as operators know them from kubectl: easy to grep, and narrow.
 *
 * @param width - columns of the terminal; Infinity when there is none.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string {
  const lines = [columns.map(({ title }): Cell => ({ text: title })), ...rows];
  const widths = fit(
    columns,
    columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index]!.text)))),
    width,
  );
  return lines.map((line) => formatLine(line, columns, widths)).join('\n');
}

/** Terminal cells that a text takes. East Asian characters and emoji take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text))
    width += /^\p{M}$/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

/** The text, or its start and an ellipsis, in at most `width` cells. */
export function cutTo(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let cut = '';
  for (const character of text) {
    if (displayWidth(cut + character) > width - 1) break;
    cut += character;
  }
  return `${cut}…`;
}

function fit(columns: readonly Column[], widths: readonly number[], width: number): readonly number[] {
  const total = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  let excess = total - width;
  return widths.map((own, index) => {
    if (excess <= 0 || !columns[index]!.shrinks) return own;
    const smaller = Math.max(Math.min(own, SMALLEST), own - excess);
    excess -= own - smaller;
    return smaller;
  });
}

function formatLine(line: readonly Cell[], columns: readonly Column[], widths: readonly number[]): string {
  const cells = line.map((cell, index) => formatCell(cell, columns[index]!, widths[index]!));
  return cells.join(GAP).trimEnd();
}

function formatCell({ text, paint = (plain) => plain }: Cell, { align }: Column, width: number): string {
  const shown = cutTo(text, width);
  const padding = ' '.repeat(width - displayWidth(shown));
  return align === 'right' ? padding + paint(shown) : paint(shown) + padding;
}
