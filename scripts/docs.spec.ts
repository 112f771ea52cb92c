import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { QueueKeys } from '@app/testing';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const ROOMS = ['apps', 'bench', 'config', 'docs', 'faults', 'libs', 'scripts'];

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...filesBelow('docs').filter((file) => file.endsWith('.md')),
];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links only to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

    expect(links.filter((target) => !isExternal(target) && !leadsSomewhere(page, target))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/\bnpm (?:run (?:-s |--silent )?([a-z:-]+)|(start|test)\b)/g)];

    expect(named.map(([, run, own]) => run ?? own ?? '').filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names only files and folders that exist', () => {
    const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(([, path = '']) => path);
    const paths = quoted.filter((path) => ROOMS.includes(path.split('/')[0]!) && !/[<*{]/.test(path));

    // config/config.yaml is the file a user makes
    expect(paths.filter((path) => path !== 'config/config.yaml' && !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('comments in the code', () => {
  const sources = ['apps', 'libs', 'scripts', 'faults']
    .flatMap(filesBelow)
    .filter((file) => /\.(ts|lua|mjs)$/.test(file));
  const decisions = readdirSync(join(root, 'docs/adr'));

  it('cite decisions that were written down', () => {
    const cited = sources.flatMap((file) => matches(file, /\bADR (\d{4})\b/g));

    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter(([, number]) => !decisions.some((name) => name.startsWith(`${number}-`)))).toEqual([]);
  });

  it('cite rules that docs/architecture.md has', () => {
    const rules = new Set(
      [...read('docs/architecture.md').matchAll(/^\| (\d+) +\|/gm)].map(([, number]) => Number(number)),
    );
    const cited = sources
      .filter((file) => file.startsWith('libs/queue/src/'))
      .flatMap((file) => matches(file, /\brules? (\d+)(?:(?: to |–|, | and )(\d+))?/gi))
      .flatMap(([file, from, to]) => [from, to ?? from].map((number) => [file, Number(number)] as const));

    expect(cited.length).toBeGreaterThan(0);
    expect(cited.filter(([, number]) => !rules.has(number))).toEqual([]);
  });
});

describe('docs/adr', () => {
  const decisions = filesBelow('docs/adr');

  it('numbers its pages without a gap, and docs/architecture.md lists each', () => {
    const architecture = read('docs/architecture.md');

    expect(decisions.map((file) => Number(file.slice(9, 13)))).toEqual(decisions.map((_, index) => index + 1));
    expect(decisions.filter((file) => !architecture.includes(`](${relative('docs', file)})`))).toEqual([]);
  });

  it.each(decisions)('%s has the five parts', (file) => {
    const headings = [...read(file).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);

    expect(headings).toEqual(['Status', 'Context', 'Decision', 'Consequences', 'Alternatives']);
  });
});

describe('docs/architecture.md', () => {
  it('has a row for every key, and no other', () => {
    const rows = [...read('docs/architecture.md').matchAll(/^\| `T:([^`]+)`/gm)].map(([, key = '']) => key);

    expect(rows.toSorted()).toEqual(everyKey().toSorted());
  });
});

/** Each key of one partition as the table writes it: `ready:<queue>`. */
function everyKey(): string[] {
  const keys = new QueueKeys('p', 0);
  const fields = Object.entries(keys).filter(([name]) => name !== 'tag');
  const perName = [
    keys.ready('<queue>'),
    keys.quarantine('<queue>'),
    keys.parked('<queue>', '<kind>'),
    keys.attempts('<kind>'),
    keys.scheduled('<queue>'),
    keys.wake('<queue>'),
    keys.timer('<queue>'),
    keys.processing('<workerId>'),
    keys.worker('<workerId>'),
    keys.cancels('<workerId>'),
    keys.nudge('<workerId>'),
    keys.producer('<producerId>'),
    keys.unique('<key>'),
    keys.bench('<runId>'),
    keys.limit('<name>'),
  ];
  const methods = Object.getOwnPropertyNames(QueueKeys.prototype).filter((name) => name !== 'constructor');
  expect(perName).toHaveLength(methods.length);
  return [...fields.map(([, key]) => String(key)), ...perName].map((key) => key.slice(keys.tag.length));
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

function matches(file: string, pattern: RegExp): [file: string, ...groups: (string | undefined)[]][] {
  return [...read(file).matchAll(pattern)].map(([, ...groups]) => [file, ...groups]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

function isExternal(target: string): boolean {
  return /^[a-z]+:/.test(target);
}

/** Whether the file is there, and in it the heading after `#`. */
function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

/** As GitHub makes them: lower case, no punctuation, dashes for spaces. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
