import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.js';
import { SETTINGS } from './schema/setting-list.js';
import { AppConfig } from './sections/app-config.js';
import { readYaml } from './sources/yaml-file.js';

const ROOT = new URL('../../../', import.meta.url);
const example = readFileSync(new URL('config/config.example.yaml', ROOT), 'utf8');
const page = readFileSync(new URL('docs/configuration.md', ROOT), 'utf8');

describe('config/config.example.yaml', () => {
  it('loads, and equals the defaults', () => {
    const { config, warnings } = loadConfig({ file: new URL('config/config.example.yaml', ROOT).pathname, env: {} });

    expect(config).toEqual(new AppConfig());
    expect(warnings).toEqual([]);
  });

  it('has every setting', () => {
    expect([...readYaml(example, 'example').values.keys()]).toEqual(SETTINGS.map(({ path }) => path));
  });
});

describe('docs/configuration.md', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-docs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

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
