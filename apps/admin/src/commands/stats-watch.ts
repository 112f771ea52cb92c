import { setTimeout as sleep } from 'node:timers/promises';
import { renderLine, terminalOf, type Terminal } from '../output/render.js';
import { formatMoment } from '../output/units.js';

const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_ALL = '\u001b[2J';

/** What is watched: read again each time, shown as a document or as text. */
export interface Watched<T extends object> {
  readonly read: () => Promise<T>;
  readonly view: (value: T, terminal: Terminal) => string;
}

/** Shows a value again and again until the process ends: in place on a TTY, as a block a time elsewhere, as a line of JSON each with `--json`. */
export async function watch<T extends object>(
  { read, view }: Watched<T>,
  everyMs: number,
  { json }: { json?: boolean },
): Promise<never> {
  const draw = json ? renderLine : drawerFor(process.stdout, view, everyMs);
  for (;;) {
    draw(await read());
    await sleep(everyMs);
  }
}

function drawerFor<T>(
  stream: NodeJS.WriteStream,
  view: (value: T, terminal: Terminal) => string,
  everyMs: number,
): (value: T) => void {
  let isFirst = true;
  return (value) => {
    const heading = `${formatMoment(Date.now())}, every ${everyMs / 1_000} s; Ctrl-C ends`;
    const text = `${heading}\n\n${view(value, terminalOf(stream))}`;
    if (stream.isTTY) stream.write(`${isFirst ? CLEAR_ALL : ''}${inPlace(text, stream.rows)}`);
    else stream.write(`${isFirst ? '' : '\n'}${text}\n`);
    isFirst = false;
  };
}

/** Written over what is there, so that nothing flickers, and cut where the screen ends, so that nothing scrolls. */
function inPlace(text: string, rows: number): string {
  const lines = text.split('\n').slice(0, Math.max(1, rows - 1));
  return `${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_BELOW}`;
}
