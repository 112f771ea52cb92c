import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadConfig } from '@app/config';
import { useRedis } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { usePageProject } from './test/page-project.js';
import { findRedis } from './redis-server.mjs';

describe('the examples of docs/handlers.md', () => {
  const redis = useRedis({ isPrivate: true });
  const project = usePageProject('docs/handlers.md', ['@nestjs', '@types', 'reflect-metadata', 'class-validator']);

  it('compile', async () => {
    expect(project.files.map(([name]) => name)).toEqual(['thumbnail.handler.ts', 'main.ts', 'thumbnail.test.ts']);
    expect(await project.compile()).toBe('');
  });

  it('run, and print what it says', async () => {
    const [, expected = ''] = /It prints\n\n```text\n(.+?)```/s.exec(project.text)!;

    expect(await project.runMain(redis.url, expected)).toBe(expected);
  });

  it('pass their own test, on a redis-server of its own', async () => {
    const { bin, env } = await findRedis();

    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--test', '--test-reporter=tap', 'thumbnail.test.js'],
      { cwd: project.folder, env: { PATH: process.env['PATH'], REDIS_SERVER_BIN: bin, ...env } },
    );

    expect(stdout).toMatch(/^# pass 4$/m);
    expect(stdout).toMatch(/^# fail 0$/m);
  });

  it('load as a configuration', () => {
    const [, yaml = ''] = /```yaml\n(.+?)```/s.exec(project.text)!;
    project.write('config.yaml', yaml);

    const { worker } = loadConfig({ file: join(project.folder, 'config.yaml'), env: {} }).config;

    expect(worker.httpRequest.privateOrigins).toEqual(['http://billing.internal:8080']);
    expect(worker.commandRun.commands['report']).toEqual(['/opt/report/run', '--daily']);
  });
});
