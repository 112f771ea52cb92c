import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type AppProcess, storedJobs, useRedis } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { startHttpProducer } from './http-producer.js';

const page = readFileSync(new URL('../../../docs/ingest.md', import.meta.url), 'utf8');

/** How each language is run, and how a machine is asked whether it has what the examples need. */
const LANGUAGES = {
  bash: { program: 'bash', flags: ['--norc', '-euo', 'pipefail', '-c'], needs: ['curl', '--version'] },
  python: { program: 'python3', flags: ['-c'], needs: ['python3', '--version'] },
  js: { program: process.execPath, flags: ['--input-type=module', '-e'], needs: [process.execPath, '--version'] },
} as const;

const examples = [...page.matchAll(/```(bash|python|js)\n(.*?)```/gs)].map(
  ([, language, code], index) => [index + 1, language as keyof typeof LANGUAGES, code!] as const,
);

describe('the examples of docs/ingest.md', () => {
  const redis = useRedis();
  const started: AppProcess[] = [];
  afterEach(() => Promise.all(started.splice(0).map((app) => app.stop('SIGKILL'))));

  it('are in curl, Python and Node', () => {
    expect([...new Set(examples.map(([, language]) => language))]).toEqual(['bash', 'python', 'js']);
  });

  it.each(examples)('run: number %i, %s', async (_number, language, code) => {
    const { program, flags, needs } = LANGUAGES[language];
    const [tool, ...version] = needs;
    if (!(await runs(tool, version))) return console.info(`not run: this machine has no ${tool}`);
    const { app, url } = await startHttpProducer(redis);
    started.push(app);

    const { stdout, stderr } = await run(program, [...flags, code.replaceAll('http://127.0.0.1:8080', url)]);

    const jobs = await storedJobs(redis.redis, redis.prefix());
    expect(jobs.length).toBeGreaterThan(0);
    expect(stdout).toContain(jobs[0]!.id);
    expect(stderr).toBe('');
  });
});

const run = promisify(execFile);

function runs(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}
