import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openScripts, useRedis, waitUntil, type ScriptAccess } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InspectService } from './inspect.service.js';

describe('InspectService.probe', () => {
  const test = useRedis({ isPrivate: true });
  let scripts: ScriptAccess;
  let inspect: InspectService;

  beforeEach(async () => {
    scripts = await openScripts(test, { partitions: 3, redis: { readTimeoutMs: 500 } });
    inspect = new InspectService(scripts.runner, scripts.connections, scripts.options);
    await inspect.overview();
  });
  afterEach(() => scripts.close());

  it('says that Redis takes writes', async () => {
    expect(await inspect.probe()).toEqual({
      reachable: true,
      writable: true,
      detail: 'Redis answers and takes writes',
    });
  });

  it('sees a full Redis that evicts nothing, while reads go on', async () => {
    await test.redis.config('SET', 'maxmemory', '1');

    try {
      expect(await inspect.probe()).toMatchObject({
        reachable: true,
        writable: false,
        detail: expect.stringContaining('out of memory'),
      });
      expect((await inspect.overview()).redis.maxMemoryBytes).toBe(1);
    } finally {
      await test.redis.config('SET', 'maxmemory', '0');
    }
  });

  it('sees too few replicas', async () => {
    await test.redis.config('SET', 'min-replicas-to-write', '1');

    try {
      expect(await inspect.probe()).toMatchObject({
        reachable: true,
        writable: false,
        detail: expect.stringContaining('replicas'),
      });
    } finally {
      await test.redis.config('SET', 'min-replicas-to-write', '0');
    }
  });

  it('sees a disk that takes no snapshot, while reads go on', async () => {
    await test.redis.config('SET', 'save', '3600 1');
    const blockade = await blockSnapshots();

    try {
      await waitUntil(async () => (await test.redis.info('persistence')).includes('rdb_last_bgsave_status:err'));
      expect(await inspect.probe()).toMatchObject({
        reachable: true,
        writable: false,
        detail: expect.stringContaining('disk'),
      });
      expect((await inspect.overview()).partitions).toBe(3);
    } finally {
      await rm(blockade, { recursive: true });
      await test.redis.config('SET', 'save', '');
    }
  });

  it('sees a replica', async () => {
    await test.redis.replicaof('127.0.0.1', '1');

    try {
      const probe = await inspect.probe();
      expect(probe).toMatchObject({ reachable: true, writable: false });
      expect(probe.detail).toMatch(/replica/);
    } finally {
      await test.redis.replicaof('NO', 'ONE');
    }
  });

  it('sees a Redis that does not answer, and names no address', async () => {
    await test.freeze();

    try {
      expect(await inspect.probe()).toEqual({
        reachable: false,
        writable: false,
        detail: 'Redis did not answer in time',
      });
    } finally {
      await test.thaw();
    }
  });

  it('sees a Redis that is gone, and names no address', async () => {
    await test.kill();

    try {
      const probe = await inspect.probe();
      expect(probe).toMatchObject({ reachable: false, writable: false });
      expect(probe.detail).not.toContain(test.host);
    } finally {
      await test.restart();
    }
  });

  /** A folder where the snapshot should be: writing one fails, whoever the server runs as. */
  async function blockSnapshots(): Promise<string> {
    const [, dir = ''] = (await test.redis.config('GET', 'dir')) as string[];
    const blockade = join(dir, 'dump.rdb');
    await mkdir(join(blockade, 'taken'), { recursive: true });
    await test.redis.bgsave();
    return blockade;
  }
});
