import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlantedJobs, QueueKeys, useRedis } from '@app/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKeyPair } from '../src/access/tokens/make-token.js';
import { badTokens, type KeyPair, NAMES, tokenFor } from './bad-tokens.js';
import { type CliRun, runInProcess } from './cli-in-process.js';
import { COMMAND_TABLE, type CommandRow } from './command-table.js';

const PAYLOAD = 'payload-of-a-job';

/** The rows that need a token, each named by its whole command line. */
const GUARDED = COMMAND_TABLE.filter(({ scope }) => scope !== 'none').map(
  (row) => [[row.command, ...row.args].join(' '), row] as const,
);

const test = useRedis({ checkPlaces: false });
const folder = mkdtempSync(join(tmpdir(), 'token-matrix-'));
let pair: KeyPair;
beforeAll(async () => {
  pair = await makeKeyPair();
  writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [pair.publicKey] }));
  writeFileSync(join(folder, 'dead.ndjson'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  const jobs = new PlantedJobs(test.redis, test.prefix());
  const facts = { payload: { text: PAYLOAD } };
  await jobs.dead('dead-1', 1_000, facts);
  await jobs.ready('ready-1', facts);
  await jobs.scheduled('scheduled-1', 9_000_000_000_000, facts);
});

describe.each(GUARDED)('%s', (_, row) => {
  const audit = () => new QueueKeys(test.prefix(), 0).audit;
  const needed = () => row.scope as Exclude<CommandRow['scope'], 'none'>;

  /** Runs it as somebody with this token. */
  function run(token: string): Promise<CliRun> {
    const put = (arg: string) => arg.replace('$ARCHIVE', join(folder, 'dead.ndjson')).replace('$PREFIX', test.prefix());
    return runInProcess([...row.command.split(' '), ...row.args.map(put)], {
      REDIS_ADDR: test.addr,
      REDIS_PASSWORD: test.password,
      QUEUE_PREFIX: test.prefix(),
      ADMIN_ACCESS_MODE: 'token',
      ADMIN_ACCESS_KEY_FILE: join(folder, 'keys.json'),
      ADMIN_ACCESS_ISSUER: NAMES.issuer,
      ADMIN_ACCESS_AUDIENCE: NAMES.audience,
      ADMIN_TOKEN: token,
    });
  }

  /** Every key but the trail, byte for byte. */
  async function dump(): Promise<Record<string, string>> {
    const keys = (await test.redis.keys(`{${test.prefix()}:*}:*`)).filter((key) => key !== audit()).toSorted();
    const texts = await Promise.all(keys.map(async (key) => (await test.redis.dumpBuffer(key))!.toString('hex')));
    return Object.fromEntries(keys.map((key, at) => [key, texts[at]!]));
  }

  /** The trail, the oldest first. */
  async function trail(): Promise<Record<string, string>[]> {
    const entries = await test.redis.xrange(audit(), '-', '+');
    return entries.map(([, fields]) =>
      Object.fromEntries(fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]!]] : []))),
    );
  }

  it('is refused to every token that is no good: nothing is shown or changed, each refusal is recorded', async () => {
    const before = await dump();
    const tokens = await badTokens(pair, needed());

    for (const [name, token, says] of tokens) {
      const { code, stdout, stderr } = await run(token);

      expect({ name, code, stdout }).toEqual({ name, code: 4, stdout: '' });
      expect(stderr).toContain(says);
      expect(stderr).not.toContain(PAYLOAD);
      for (const part of token.split('.').filter((text) => text.length > 20)) expect(stderr).not.toContain(part);
      expect((await trail()).at(-1)).toMatchObject({ phase: 'refused', command: row.command, scope: row.scope });
    }

    expect(await dump()).toEqual(before);
    expect(await trail()).toHaveLength(tokens.length);
  });

  it('is granted to the right token, and what it changes is recorded before and after', async () => {
    const before = await dump();
    const token = await tokenFor(pair, [needed()]);

    const { code, stdout, stderr } = await run(token);

    expect(row.codes).toContain(code);
    const [, payload = '', signature = ''] = token.split('.');
    for (const secret of [token, payload, signature]) expect(stdout + stderr).not.toContain(secret);
    const phases = (await trail()).map(({ phase, who, access, command }) => ({ phase, who, access, command }));
    const entry = (phase: string) => ({ phase, who: 'alice', access: 'token', command: row.command });
    expect(phases).toEqual(row.writes ? [entry('intent'), entry('result')] : []);
    if (!row.writes) expect(await dump()).toEqual(before);
  });
});
