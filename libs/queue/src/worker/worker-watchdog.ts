import { BLOCK_MS } from '../redis/redis-connections.js';

const LOOK_MS = 1_000;
/** A healthy worker makes a claim attempt each 5 s, also when there is nothing to do. */
const SILENT_MS = BLOCK_MS + 1_000;
/** Looks at a silent worker before its connections are made anew: 10 s after the last answer. */
const LOOKS_TO_REBUILD = 4;
/** Looks after that before it is given up. */
const LOOKS_TO_GIVE_UP = 60;

/** What a watchdog looks at, and what it may do. */
export interface Watched {
  /** Since a claim attempt last came back, ms; 0 while the worker cannot or need not claim. */
  silentMs(): number;
  /** Whether a connection to Redis is up. */
  isConnected(): boolean;
  /** Makes every connection anew. */
  rebuild(): void;
  /** Nothing helps: another process should take over. Called once. */
  giveUp(): void;
}

/**
 * Watches that a worker hears: connections that are dead without having been closed are made anew; when that does not help for
 * a minute although Redis answers, the worker is given up. Redis being away is no reason. Counts looks, not time: a busy main
 * loop or a machine that slept is no deafness.
 */
export class WorkerWatchdog {
  private timer: NodeJS.Timeout | undefined;
  private looks = 0;

  constructor(private readonly watched: Watched) {}

  start(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** To be called once a second. */
  look(): void {
    const { watched } = this;
    const isSilent = watched.silentMs() > SILENT_MS && watched.isConnected();
    this.looks = isSilent ? this.looks + 1 : 0;
    if (this.looks === LOOKS_TO_REBUILD) watched.rebuild();
    if (this.looks < LOOKS_TO_REBUILD + LOOKS_TO_GIVE_UP) return;
    this.stop();
    watched.giveUp();
  }
}
