import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Asker, confirm } from './confirm.js';

function terminal(answer?: string): Asker & { written(): string } {
  const input = Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.ReadStream;
  const output = Object.assign(new PassThrough(), { isTTY: true }) as unknown as NodeJS.WriteStream;
  if (answer === undefined) input.push(null);
  else input.push(`${answer}\n`);
  return { input, output, written: () => String((output as unknown as PassThrough).read() ?? '') };
}

describe('confirm', () => {
  it.each(['y', 'Y', 'yes', ' yes '])('takes %j for yes', async (answer) => {
    await expect(confirm('Purge 3 jobs', {}, terminal(answer))).resolves.toBeUndefined();
  });

  it.each(['', 'n', 'no', 'yess', undefined])('takes %j for no', async (answer) => {
    await expect(confirm('Purge 3 jobs', {}, terminal(answer))).rejects.toMatchObject({ exitCode: 4 });
  });

  it('asks nobody when it was told yes', async () => {
    const asker = terminal('n');

    await confirm('Purge 3 jobs', { yes: true }, asker);

    expect(asker.written()).toBe('');
  });

  it.each(['input', 'output'] as const)('refuses when its %s is no terminal', async (end) => {
    const asker = terminal('y');
    asker[end].isTTY = false as true;

    await expect(confirm('Purge 3 jobs', {}, asker)).rejects.toMatchObject({
      exitCode: 4,
      message: 'Purge 3 jobs: not confirmed, and no terminal to ask',
    });
  });

  it('wants a word typed to the letter, when one is given', async () => {
    await expect(confirm('Forget all', { typed: 'jobqueue' }, terminal('jobqueue'))).resolves.toBeUndefined();
    await expect(confirm('Forget all', { typed: 'jobqueue' }, terminal('y'))).rejects.toMatchObject({ exitCode: 4 });
  });

  it('shows no control character of what it asks about', async () => {
    const asker = terminal('y');

    await confirm('Purge jobs of \u001b[2J', {}, asker);

    expect(asker.written()).toContain('Purge jobs of \\u001b[2J? [y/N] ');
  });
});
