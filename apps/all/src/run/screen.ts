import type { Face, NoteLevel } from './face.js';
import { renderProgress, type Progress } from './progress.js';
import { renderOutlook, type Outlook } from './outlook.js';
import { renderSummary, type RunSummary } from './summary.js';
import { terminalOf, type Terminal } from './text.js';

const PLAIN_INTERVAL_MS = 5_000;
const CLEAR_LINE = '\r\u001b[2K';

/** For a person: one line that moves on a terminal, a plain line every few seconds elsewhere, then the summary. */
export class Screen implements Face {
  private liveLine = '';
  private lastPlain = { atMs: performance.now(), line: '' };

  constructor(private readonly stream: NodeJS.WriteStream) {}

  note(level: NoteLevel, text: string): void {
    const { paint } = this.terminal;
    const painted = { info: paint.dim, warn: paint.yellow, error: paint.red }[level](text);
    this.print(painted);
    if (this.liveLine !== '') this.stream.write(this.liveLine);
  }

  progress(progress: Progress): void {
    const line = renderProgress(progress, this.terminal);
    if (this.stream.isTTY) this.stream.write(CLEAR_LINE + (this.liveLine = line));
    else this.plainProgress(line);
  }

  summary(summary: RunSummary): void {
    this.print(`\n${renderSummary(summary, this.terminal)}`, { keepLive: false });
  }

  outlook(outlook: Outlook): void {
    this.print(`\n${renderOutlook(outlook, this.terminal)}\n`, { keepLive: false });
  }

  draining(): void {
    this.print(this.terminal.paint.dim('draining (Ctrl-C again: leave at once)'), { keepLive: false });
  }

  private plainProgress(line: string): void {
    const nowMs = performance.now();
    if (nowMs - this.lastPlain.atMs < PLAIN_INTERVAL_MS || line === this.lastPlain.line) return;
    this.lastPlain = { atMs: nowMs, line };
    this.stream.write(`${line}\n`);
  }

  private print(text: string, { keepLive = true } = {}): void {
    const clear = this.liveLine === '' ? '' : CLEAR_LINE;
    if (!keepLive) this.liveLine = '';
    this.stream.write(`${clear}${text}\n`);
  }

  private get terminal(): Terminal {
    return terminalOf(this.stream);
  }
}
