import { useRedis } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { usePageProject } from './test/page-project.js';

describe('the examples of README.md', () => {
  const redis = useRedis({ isPrivate: true });
  const project = usePageProject('README.md', ['@nestjs', '@types', 'reflect-metadata']);

  it('compile', async () => {
    expect(project.files.map(([name]) => name)).toEqual(['mail.handler.ts', 'main.ts']);
    expect(await project.compile()).toBe('');
  });

  it('run, and print what it says', async () => {
    const [, expected = ''] = /it prints\n\n```text\n(.+?)```/s.exec(project.text)!;

    const output = await project.runMain(redis.url, expected);

    expect(lines(output)).toEqual(lines(expected));
  });
});

/** The answer to the enqueue and the start of the handler race: their order is open. */
function lines(text: string): string[] {
  return text.trim().split('\n').toSorted();
}
