import { usePlantedQueue } from '@app/testing';
import { describe, expect, it } from 'vitest';
import { PartitionMismatchError } from '../errors/partition-mismatch.error.js';
import { ScriptRunner } from './script-runner.js';

describe('handshake and read-schema', () => {
  const queue = usePlantedQueue(3);
  const control = () => queue.first.keys.control;
  const handshake = (schema: number, partitions: number) =>
    queue.scripts.runner.run('handshake', [control()], [String(schema), String(partitions)]);
  const stored = () => queue.test.redis.hmget(control(), 'schema', 'partitions');

  it('fixes schema and partition count at the first start, in every partition', async () => {
    await queue.scripts.runner.admit();

    for (const { keys } of queue.planted)
      expect(await queue.test.redis.hmget(keys.control, 'schema', 'partitions')).toEqual(['1', '3']);
  });

  it('answers a second call with what is stored, and overwrites nothing', async () => {
    await queue.scripts.runner.admit();

    expect(await handshake(9, 5)).toEqual(['1', '3']);

    expect(await stored()).toEqual(['1', '3']);
  });

  it.each([
    { partitions: '5', schema: '1' },
    { partitions: '3', schema: '2' },
  ])('refuses an app that differs from what is stored, before its first script: %j', async (facts) => {
    await queue.test.redis.hset(control(), facts);

    await expect(queue.scripts.runner.run('read-pauses', [queue.first.keys.paused], [])).rejects.toBeInstanceOf(
      PartitionMismatchError,
    );
  });

  it('leaves no trace for a command of a person under an unused prefix', async () => {
    const { connections, events, options } = queue.scripts;
    const ofPerson = { ...options, redis: { ...options.redis, failFast: true } };

    await new ScriptRunner(connections, events, ofPerson).admit();

    expect(await queue.test.redis.exists(control())).toBe(0);
  });
});
