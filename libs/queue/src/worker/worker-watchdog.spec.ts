import { describe, expect, it } from 'vitest';
import { WorkerWatchdog } from './worker-watchdog.js';

function watch() {
  const state = { silentMs: 0, isConnected: true, rebuilds: 0, ends: 0 };
  const dog = new WorkerWatchdog({
    silentMs: () => state.silentMs,
    isConnected: () => state.isConnected,
    rebuild: () => state.rebuilds++,
    giveUp: () => state.ends++,
  });
  const look = (times: number): void => {
    for (let count = 0; count < times; count++) dog.look();
  };
  return { state, look };
}

describe('WorkerWatchdog', () => {
  it('does nothing while claim attempts come back', () => {
    const { state, look } = watch();

    state.silentMs = 5_900;
    look(100);

    expect(state).toMatchObject({ rebuilds: 0, ends: 0 });
  });

  it('makes the connections anew once, ten seconds after the last answer', () => {
    const { state, look } = watch();
    state.silentMs = 7_000;

    look(3);
    expect(state.rebuilds).toBe(0);
    look(20);

    expect(state).toMatchObject({ rebuilds: 1, ends: 0 });
  });

  it('counts anew after an answer', () => {
    const { state, look } = watch();
    state.silentMs = 7_000;
    look(3);
    state.silentMs = 10;
    look(1);
    state.silentMs = 7_000;

    look(3);

    expect(state.rebuilds).toBe(0);
  });

  it('gives the worker up when new connections do not help for a minute', () => {
    const { state, look } = watch();
    state.silentMs = 7_000;

    look(63);
    expect(state.ends).toBe(0);
    look(1);

    expect(state).toMatchObject({ rebuilds: 1, ends: 1 });
  });

  it('waits for ever for a Redis that is away', () => {
    const { state, look } = watch();
    state.silentMs = 7_000;
    state.isConnected = false;

    look(1_000);

    expect(state).toMatchObject({ rebuilds: 0, ends: 0 });
  });
});
