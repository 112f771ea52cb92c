import { describe, expect, it } from 'vitest';
import { TRANSITIONS } from '../job/job-state.js';
import { SCRIPTS, type ScriptName } from './script-catalog.js';
import { parseScriptHeader } from './script-header.js';

const NAMES = Object.keys(SCRIPTS) as ScriptName[];
const asText = (moves: readonly { from: string; to: string }[]) =>
  moves.map(({ from, to }) => `${from} -> ${to}`).sort();

describe('the header of a script', () => {
  it('names moves and counts keys', () => {
    const header = parseScriptHeader(
      '#!lua\n-- do-it: new -> ready, ready -> gone\n-- text\n--\n-- KEYS[1] a  HASH  x\n-- KEYS[2..] b, c  one pair a queue\n',
    );

    expect(header).toEqual({
      name: 'do-it',
      moves: [
        { from: 'new', to: 'ready' },
        { from: 'ready', to: 'gone' },
      ],
      fixedKeys: 1,
      hasMoreKeys: true,
      isReadOnly: false,
    });
  });

  it('says that the script only reads', () => {
    expect(parseScriptHeader('#!lua flags=no-writes\n-- look: no move\n')).toMatchObject({ isReadOnly: true });
    expect(parseScriptHeader('#!lua flags=allow-oom\n-- do-it: no move\n')).toMatchObject({ isReadOnly: false });
  });

  it('may say that no job moves', () => {
    expect(parseScriptHeader('-- look: no move\n-- KEYS[1] a  HASH\n')).toMatchObject({
      moves: [],
      fixedKeys: 1,
      hasMoreKeys: false,
    });
  });

  it.each(['return 1', '-- do-it', '-- do-it: somewhere'])(
    'is refused when it is not of the documented form: %s',
    (lua) => {
      expect(() => parseScriptHeader(lua)).toThrow(Error);
    },
  );
});

describe.each(NAMES)('the script %s', (name) => {
  const { lua, header } = SCRIPTS[name];
  const [head, body] = splitAtCode(lua);

  it('makes the moves that the state machine gives it, and no others', () => {
    const expected = TRANSITIONS.filter(({ script }) => script === name);

    expect(asText(header.moves)).toEqual(asText(expected));
  });

  it('describes every key it uses by number, and no other', () => {
    const used = [...body.matchAll(/KEYS\[(\d+)\]/g)].map((match) => Number(match[1]));
    const unpacked = [...body.matchAll(/unpack\(KEYS, 1, (\d+)\)/g)].map((match) => Number(match[1]));

    // probe names a key only so that a cluster sends it to the right node.
    expect(Math.max(name === 'probe' ? 1 : 0, ...used, ...unpacked)).toBe(header.fixedKeys);
  });

  it('says what it takes, what it answers and what is atomic', () => {
    expect(head).toMatch(/^#!lua( flags=[a-z,-]+)?\n/);
    expect(head).toMatch(/^-- RETURNS /m);
    expect(head).toMatch(/^-- ATOMICITY /m);
    expect(head.includes('-- ARGV[1')).toBe(body.includes('ARGV'));
  });
});

it('the state machine names no script that does not exist', () => {
  const named = new Set(TRANSITIONS.map(({ script }) => script));

  expect([...named].filter((script) => !NAMES.includes(script as ScriptName))).toEqual([]);
});

it('only enqueue and what draws on a budget may be refused by a full Redis: what runs already must drain', () => {
  const refused = NAMES.filter((name) => !/^#!lua flags=(allow-oom|no-writes)/.test(SCRIPTS[name].lua));

  expect(refused).toEqual(['bench-enqueue', 'enqueue', 'import-dead', 'probe', 'take-token']);
});

/** The head comment, and the code after it. */
describe('a function that several scripts hold', () => {
  const functions = NAMES.flatMap((name) =>
    [...SCRIPTS[name].lua.matchAll(/^local function (\w+).*?\n^end$/gms)].map(([text, title]) => ({
      name,
      title,
      text,
    })),
  );
  const shared = ['group_entry', 'cancelled', 'read_breakers', 'write_breakers', 'change', 'first_line'];

  it.each(shared)('is the same text everywhere: %s', (title) => {
    const copies = functions.filter((one) => one.title === title);

    expect(copies.length).toBeGreaterThan(1);
    for (const { text } of copies) expect(text).toBe(copies[0]!.text);
  });

  it('is one of those that are compared', () => {
    const titles = functions.map(({ title }) => title);

    expect(new Set(titles.filter((title, at) => titles.indexOf(title) !== at))).toEqual(new Set(shared));
  });
});

function splitAtCode(lua: string): [string, string] {
  const at = lua.search(/^(?!#!|--)/m);
  return [lua.slice(0, at), lua.slice(at)];
}
