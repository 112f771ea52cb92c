import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.js';
import { SETTINGS, type SettingEntry } from './schema/setting-list.js';
import { AppConfig } from './sections/app-config.js';
import { readYaml } from './sources/yaml-file.js';

const ROOT = new URL('../../../', import.meta.url);
const example = readFileSync(new URL('config/config.example.yaml', ROOT), 'utf8');
const page = readFileSync(new URL('docs/configuration.md', ROOT), 'utf8');

const AVAILABILITY: Readonly<Record<SettingEntry['available'], string>> = {
  yes: '',
  refused: '. In this version only the default works',
  unused: '. No effect in this version',
};

const meaningOf = ({ doc, available }: SettingEntry) => doc + AVAILABILITY[available];

/** The cells of a row of the table, as the page has to have them. */
function rowOf(entry: SettingEntry): string[] {
  const { path, type, defaultValue, envName, secret } = entry;
  const variables = secret ? `\`${envName}\`, \`${envName}_FILE\`` : `\`${envName}\``;
  return [`\`${path}\``, `\`${type.format(defaultValue)}\``, type.name, meaningOf(entry), variables];
}

describe('config/config.example.yaml', () => {
  it('loads, and equals the defaults', () => {
    const { config, warnings } = loadConfig({ file: new URL('config/config.example.yaml', ROOT).pathname, env: {} });

    expect(config).toEqual(new AppConfig());
    expect(warnings).toEqual([]);
  });

  it('has every setting, each below a comment that says what the schema says', () => {
    const lines = example.split('\n');
    const { values } = readYaml(example, 'example');
    const comments = [...values.values()].map(({ origin }) => lines[Number(origin.split(':')[1]) - 2]!.trim());

    expect([...values.keys()]).toEqual(SETTINGS.map(({ path }) => path));
    expect(comments).toEqual(SETTINGS.map((entry) => `# ${meaningOf(entry).replaceAll('`', '')}`));
  });
});

describe('docs/configuration.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-docs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has a row for every setting, equal to the schema', () => {
    const settings = page
      .slice(page.indexOf('## All settings'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const rows = settings.map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

    expect(rows).toEqual(SETTINGS.map(rowOf));
  });

  it('shows the errors that its example really gives', () => {
    const chapter = page.slice(page.indexOf('## When something is wrong'));
    const [, yaml = '', output = ''] = /```yaml\n(.*?)```.*?```text\n(.*?)```/s.exec(chapter)!;
    mkdirSync(join(folder, 'config'));
    writeFileSync(join(folder, 'config/config.yaml'), yaml);

    expect(() => loadConfig({ env: { WORKER_MAX_RETRIES: 'many' }, cwd: folder })).toThrow(
      expect.objectContaining({ message: output.trimEnd() }),
    );
  });
});
