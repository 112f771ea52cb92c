import { readFileSync } from 'node:fs';
import { useRedis } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSyntax, LiveSuite } from './live-suite.js';
import { bashBlocks, needsMore } from './page-blocks.js';

const blocks = bashBlocks(readFileSync(new URL('fixtures/runbook.md', import.meta.url), 'utf8'));
const commandOf = (name: string) => blocks.find((block) => block.includes(`--admin-cmd=${name}`))!;
const [dryRun, purge] = blocks.filter((block) => block.includes('purge-dlq'));

/** The command lines of the runbook that the suite was built for, as they are written there. */
describe('the runbook', () => {
  const redis = useRedis();
  let suite: LiveSuite;

  beforeEach(async () => {
    suite = new LiveSuite(redis);
    await suite.start();
  });
  afterEach(() => suite.stop());

  it('has the commands that these tests are about', () => {
    expect(blocks.filter((block) => !needsMore(block))).toHaveLength(5);
  });

  it.each(blocks.filter(needsMore))('can be read by a shell: %s', async (block) => {
    expect(await checkSyntax(block)).toMatchObject({ code: 0, stderr: '' });
  });

  it('stats shows what there is', async () => {
    await suite.addDeadJobs(3);

    const { code, stdout } = await suite.run(commandOf('stats'));

    expect(code).toBe(0);
    expect(stdout).toMatch(/^dead +3,/m);
    expect(stdout).toMatch(/^high +0/m);
  });

  it('peek shows the jobs that wait', async () => {
    await suite.addWaitingJobs(2);

    const { code, stdout } = await suite.run(commandOf('peek'));

    expect(code).toBe(0);
    expect(stdout.match(/waiting\.txt/g)).toHaveLength(2);
  });

  it('purge-dlq --dry-run shows what would go, and changes nothing', async () => {
    await suite.addDeadJobs(3);
    const before = await suite.jobsFingerprint();

    const { code, stdout } = await suite.run(dryRun!);

    expect(code).toBe(0);
    expect(stdout).toMatch(/\b3\b/);
    expect(await suite.jobsFingerprint()).toBe(before);
  });

  it('purge-dlq --yes empties the dead letter queue', async () => {
    await suite.addDeadJobs(3);

    const { code } = await suite.run(purge!);

    expect(code).toBe(0);
    expect(await suite.deadCount()).toBe(0);
  });

  it('bench reports what it measured', async () => {
    const { code, stdout } = await suite.run(commandOf('bench'));

    expect(code).toBe(0);
    expect(stdout).toMatch(/2,?000/);
    expect(stdout).toMatch(/p99/i);
  });
});
