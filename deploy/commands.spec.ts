import { describe, expect, it } from 'vitest';
import { filesBelow, text } from './project-file.js';

const reference = text('docs/cli.md');
const sections = new Map(
  [...reference.matchAll(/^### admin ([a-z -]+)$([^]*?)(?=^### )/gm)].map(([, name, body]) => [name!, body!]),
);
const everywhere = /Flags of every command[^]*?(?=^### )/m.exec(reference)?.[0] ?? '';
const pages = [...filesBelow('docs/runbooks'), 'docs/deployment.md'];

/** Each admin command of the code blocks of a page: its words. */
function commandsOf(page: string): string[][] {
  const blocks = [...text(page).matchAll(/```bash\n([^]*?)```/g)].map(([, block]) => block!);
  const commands = blocks.flatMap((block) => [...block.matchAll(/(?:-- admin|dist\/apps\/admin) ([^<>|\n]*)/g)]);
  return commands.map(([, words]) => words!.trim().split(/\s+/));
}

describe.each(pages.filter((page) => commandsOf(page).length > 0))('%s', (page) => {
  it.each(commandsOf(page).map((words) => [words.join(' '), words] as const))(
    'admin %s is a command with these flags',
    (_, words) => {
      const [name, body] = [...sections].find(([section]) => `${words.join(' ')} `.startsWith(`${section} `)) ?? [];
      const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]!);

      expect(name).toBeDefined();
      expect(flags.filter((flag) => !`${body}${everywhere}`.includes(flag))).toEqual([]);
    },
  );
});
