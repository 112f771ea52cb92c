import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAdmin } from './run-admin.js';

const folder = mkdtempSync(join(tmpdir(), 'admin-completion-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Loads the script and asks bash's own completion function for what it would offer; words are split as readline does. */
const ASK = `
source ./completion.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
spec=$(complete -p "$1") || exit 9
eval "$(sed -E 's/.* -F ([^ ]+) .*/\\1/' <<<"$spec")" '"$1"' '"\${!#}"' '""'
((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"
exit 0
`;

describe('completion bash', () => {
  beforeAll(async () => {
    writeFileSync(join(folder, 'completion.bash'), (await runAdmin(['completion', 'bash'])).stdout);
    writeFileSync(join(folder, 'config.yaml'), '');
    mkdirSync(join(folder, 'confs'));
  });

  /** @param line - what was typed; the last word is the one that TAB is pressed on. */
  async function offered(line: string): Promise<string[]> {
    const words = line.split(' ').flatMap((word) => (/^--[^=]+=/.test(word) ? splitAtEquals(word) : [word]));
    const { stdout } = await promisify(execFile)('bash', ['-c', ASK, 'bash', ...words], { cwd: folder });
    return stdout.split('\n').filter(Boolean);
  }

  it.each([
    ['admin wor', ['workers']],
    ['admin pe', ['peek']],
    ['admin config v', ['validate']],
    ['admin job sh', ['show']],
    ['admin --json conf', ['config']],
    ['admin peek --que', ['--queue=']],
    ['admin peek --js', ['--json']],
    ['admin config print --show', ['--show-origin']],
    ['admin job show x --pay', ['--payload']],
    ['admin peek --place=de', ['dead']],
    ['admin peek --place de', ['dead']],
    ['admin stats --config=config', ['config.yaml']],
    ['admin --config conf', ['confs', 'config.yaml']],
    ['admin completion ba', ['bash']],
    ['admin peek --queue=', []],
    ['admin nonsense', []],
    ['job-queue-system --ro', ['--role=']],
    ['job-queue-system --role=w', ['worker']],
    ['job-queue-system --role=admin --admin-cmd=pe', ['peek']],
    ['job-queue-system --role=admin --admin-cmd=peek --que', ['--queue=']],
  ])('offers for "%s": %j', async (line, words) => {
    expect((await offered(line)).toSorted()).toEqual(words.toSorted());
  });

  it('offers every command after the program, and every sub-command after its group', async () => {
    const { stdout } = await runAdmin(['--help']);
    const commands = [...stdout.slice(stdout.indexOf('\nCommands:')).matchAll(/^ {2}([a-z-]+)/gm)].map(
      ([, name]) => name,
    );

    expect(commands.length).toBeGreaterThan(5);
    expect(await offered('admin ')).toEqual(expect.arrayContaining(commands.filter((name) => name !== 'help')));
    expect(await offered('admin config ')).toEqual(expect.arrayContaining(['validate', 'print', 'schema', 'env']));
  });
});

describe('completion', () => {
  it('has a script for zsh that offers the same commands, with descriptions', async () => {
    const { code, stdout } = await runAdmin(['completion', 'zsh']);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^#compdef admin job-queue-system\n/);
    expect(stdout).toContain("'validate:check the file and the environment");
  });

  it('refuses a shell that it does not know', async () => {
    const { code, stderr } = await runAdmin(['completion', 'bsh']);

    expect(code).toBe(2);
    expect(stderr).toContain("unknown command 'bsh'\n(Did you mean one of bash, zsh?)");
  });
});

function splitAtEquals(word: string): string[] {
  const [flag = '', value = ''] = word.split('=');
  return value === '' ? [flag, '='] : [flag, '=', value];
}
