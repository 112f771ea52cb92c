import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configSchema } from '@app/config';
import { CommandFactory } from 'nest-commander';
import { format, resolveConfig } from 'prettier';
import { beforeAll, describe, expect, it } from 'vitest';
import { AdminModule } from '../apps/admin/src/admin.module.js';
import { type CommandFacts, CommandTree } from '../apps/admin/src/help/command-facts.js';
import { commandReference, exampleFile, replaceMarked, settingTables } from './generated-docs.js';

// A file that differs from what the code says of itself fails here; `npm run docs` (vitest -u) writes it anew.

const pathOf = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const read = (file: string) => readFileSync(pathOf(file), 'utf8');

async function expectCurrent(file: string, text: string): Promise<void> {
  const style = await resolveConfig(pathOf(file));
  await expect(await format(text, { ...style, filepath: file })).toMatchFileSnapshot(pathOf(file));
}

describe('what is written by npm run docs', () => {
  let commands: CommandFacts[];
  beforeAll(async () => {
    const app = await CommandFactory.createWithoutRunning(AdminModule, { cliName: 'admin', version: '0.0.0' });
    commands = app.get(CommandTree).facts();
    await app.close();
  });

  it('config/config.schema.json says what the sections say', async () => {
    await expectCurrent('config/config.schema.json', JSON.stringify(configSchema()));
  });

  it('config/config.example.yaml shows every setting, and names its schema in the first line', async () => {
    const text = exampleFile();

    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\/config\.schema\.json\n/);
    await expectCurrent('config/config.example.yaml', text);
  });

  it('docs/configuration.md has the table of all settings', async () => {
    const page = read('docs/configuration.md');

    await expectCurrent('docs/configuration.md', replaceMarked(page, 'settings', settingTables()));
  });

  it('docs/cli.md has the reference of all commands', async () => {
    const page = read('docs/cli.md');

    await expectCurrent('docs/cli.md', replaceMarked(page, 'commands', commandReference(commands)));
  });

  it('every command says examples that begin with itself, and its exit codes', () => {
    const runnable = commands.filter(({ path, commands: below }) => path !== '' && below.length === 0);
    const wrong = runnable.filter(
      ({ path, examples, exitCodes }) =>
        examples.length === 0 || exitCodes[0] !== 0 || examples.some((line) => !`${line} `.startsWith(`${path} `)),
    );

    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('every example names only flags that its command has', () => {
    const [program] = commands;
    const wrong = commands.flatMap(({ path, examples, flags, commands: below }) => {
      const known = [...flags, ...(program?.flags ?? [])].map(({ name }) => name);
      const named = (below.length === 0 ? examples : []).flatMap((line) =>
        [...line.split(/ [|>] /)[0]!.matchAll(/--[a-z-]+/g)].map(([flag]) => flag),
      );
      return named.filter((flag) => !known.includes(flag)).map((flag) => `${path} ${flag}`);
    });

    expect(wrong).toEqual([]);
  });

  it('fails on a page without marks', () => {
    expect(() => replaceMarked('# page', 'settings', 'x')).toThrow('the page has no lines <!-- settings');
  });
});
