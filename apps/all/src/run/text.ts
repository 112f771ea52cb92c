import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

/** Where a text is shown: how wide, and whether in colour. */
export interface Terminal {
  /** Columns; Infinity when nobody looks (a pipe, a file). */
  readonly width: number;
  readonly paint: Paint;
}

/** Colour on a TTY only, and never against NO_COLOR. */
export function terminalOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Terminal {
  const isColoured = stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return { width: stream.isTTY ? stream.columns || 80 : Infinity, paint: pc.createColors(isColoured) };
}

/** A file name as one line that moves no cursor: controls, line and paragraph separators, characters that turn text. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Cells that a text takes: East Asian characters and emoji two, combining marks none. */
export function cellsOf(text: string): number {
  return [...stripVTControlCharacters(text)].reduce((sum, character) => sum + cells(character), 0);
}

function cells(character: string): number {
  if (/^\p{M}$/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The end of a path says more than its start. */
export function keepEnd(text: string, width: number): string {
  if (cellsOf(text) <= width) return text;
  const kept = [...text].reverse();
  let used = 1;
  const end = kept.findIndex((character) => (used += cells(character)) > width);
  return `…${kept.slice(0, end).reverse().join('')}`;
}

export function keepStart(text: string, width: number): string {
  return cellsOf(text) <= width ? text : [...keepEnd([...text].reverse().join(''), width)].reverse().join('');
}

/** `0.4 ms`, `12 ms`, `3.2 s`, `4m 10s`. */
export function formatMs(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)}m ${Math.floor((ms % 60_000) / 1_000)}s`;
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

export const LABEL_WIDTH = 12;

export function labelled(label: string, text: string, { paint }: Terminal): string {
  return `${paint.dim(label.padEnd(LABEL_WIDTH))}${text}`;
}
