import type { Place } from '../job/job-state.js';

/** What the head comment of a script promises: its contract with the callers. */
export interface ScriptHeader {
  readonly name: string;
  /** The moves of a job it makes, as `docs/job-lifecycle.md` lists them. */
  readonly moves: readonly { readonly from: Place; readonly to: Place }[];
  /** How many keys come first, one by one. */
  readonly fixedKeys: number;
  /** Whether more keys may follow (`KEYS[n..]`). */
  readonly hasMoreKeys: boolean;
  /** It writes nothing (`flags=no-writes`), so a Redis user that may only read its keys can run it. */
  readonly isReadOnly: boolean;
}

/** Reads the head comment. Throws when it is not of the documented form: a script without a contract is not loaded. */
export function parseScriptHeader(lua: string): ScriptHeader {
  const head = /^-- ([a-z-]+): (.+)$/m.exec(lua);
  if (!head) throw new Error('a script must start with "-- name: from -> to" or "-- name: no move"');
  const [, name = '', moves = ''] = head;
  return {
    name,
    moves: moves === 'no move' ? [] : moves.split(', ').map(parseMove),
    fixedKeys: [...lua.matchAll(/^-- KEYS\[\d+\] /gm)].length,
    hasMoreKeys: /^-- KEYS\[\d+\.\.\] /m.test(lua),
    isReadOnly: /^#!lua flags=.*\bno-writes\b/.test(lua),
  };
}

function parseMove(text: string): { from: Place; to: Place } {
  const [from, to] = text.split(' -> ');
  if (!from || !to) throw new Error(`"${text}" is not a move, expected "from -> to"`);
  return { from: from as Place, to: to as Place };
}
