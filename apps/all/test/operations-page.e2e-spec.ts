import { readdirSync, readFileSync } from 'node:fs';
import { useRedis } from '@app/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkSyntax, LiveSuite } from './live-suite.js';
import { bashBlocks, needsMore } from './page-blocks.js';

const docs = new URL('../../../docs/', import.meta.url);
const pages = ['operations.md', ...readdirSync(new URL('runbooks', docs)).map((name) => `runbooks/${name}`)];

/** Placeholders are for the reader; a shell would take `<owner>` for a file. */
const filled = (block: string) => block.replaceAll(/<(\w+)>/g, '$1');

/** In the order of the page, as one reads it: what one block exports, another imports. */
describe.each(pages)('the commands of docs/%s', (page) => {
  const redis = useRedis({ checkPlaces: false });
  const suite = new LiveSuite(redis);
  const blocks = bashBlocks(readFileSync(new URL(page, docs), 'utf8'));
  const runnable = blocks.filter((block) => !needsMore(block));

  beforeAll(async () => {
    await suite.start();
    await suite.addDeadJobs(8);
  });
  afterAll(() => suite.stop());

  it.each(runnable)('work: %s', async (block) => {
    const { code, stderr } = await suite.run(filled(block));

    expect(`${code} ${stderr}`).toMatch(/^0 /);
  });

  it.each(blocks.filter(needsMore))('can be read by a shell: %s', async (block) => {
    expect(await checkSyntax(filled(block))).toMatchObject({ code: 0, stderr: '' });
  });
});
