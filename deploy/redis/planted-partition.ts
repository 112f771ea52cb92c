import { PlantedJobs, recordText } from '@app/testing';
import type { Redis } from 'ioredis';

/** A partition in which every place holds something. */
export interface Planted {
  readonly prefix: string;
  /** When it was planted, ms, Redis clock. */
  readonly nowMs: number;
  /** Of everything that is held, completed or dead, ms. */
  readonly claimedAtMs: number;
  /** As stored: that of `mail.send` is open, its cooldown over; that of `file.digest` closed again. Both have a parked job. */
  readonly breakers: string;
}

/**
 * Fills partition 0 of a prefix. Workers: w1 holds three jobs and is asked to end one; idle; alone holds one; the lease of late is
 * over; gone is revoked; nobody is not registered and holds one; left has said something of itself.
 */
export async function plantAll(redis: Redis, prefix: string): Promise<Planted> {
  const [seconds] = await redis.time();
  const nowMs = Number(seconds) * 1_000;
  const claimedAtMs = nowMs - 5_000;
  const breakers = `file.digest closed 1 1 - - 0 low=-\nmail.send open 1 ${claimedAtMs} - - 0 low=-`;
  const planted = { prefix, nowMs, claimedAtMs, breakers };
  await plantWorkers(redis, planted);
  await plantJobs(redis, planted);
  await plantFacts(redis, planted);
  return planted;
}

async function plantWorkers(redis: Redis, { prefix, nowMs, claimedAtMs }: Planted): Promise<void> {
  const planted = new PlantedJobs(redis, prefix);
  const { keys } = planted;
  for (const id of ['w1', 'idle', 'alone']) await planted.worker(id, nowMs + 60_000);
  await planted.worker('late', nowMs - 1);
  await planted.revoked('gone', nowMs);
  await redis.hset(keys.worker('left'), 'host', 'web-7');
  for (const id of ['held', 'held-too', 'asked']) await planted.processing(id, 'w1', claimedAtMs);
  await redis.hset(keys.cancels('w1'), { asked: `${claimedAtMs * 1_000} "by":"ops"}`, ended: '1 "by":"ops"}' });
  await planted.processing('solo', 'alone', claimedAtMs);
  for (const id of ['stranded', 'held-there']) await planted.processing(id, 'gone', claimedAtMs);
  await redis.hset(keys.cancels('gone'), 'stranded', '1 "by":"ops"}'); // of an older claim
  await planted.processing('stray', 'nobody', claimedAtMs);
}

async function plantJobs(redis: Redis, { prefix, nowMs, claimedAtMs }: Planted): Promise<void> {
  const planted = new PlantedJobs(redis, prefix);
  const { keys } = planted;
  await planted.ready('waiting', { history: { attempts: 1 } });
  await planted.ready('next');
  await planted.ready('elsewhere', { queue: 'other' });
  await planted.scheduled('due', nowMs - 1_000, { history: { crashes: 2 } });
  await planted.scheduled('due-too', nowMs - 1_000);
  await planted.scheduled('later', nowMs + 60_000);
  await planted.scheduled('later-elsewhere', nowMs + 60_000, { queue: 'other' });
  await planted.quarantined('sick');
  await planted.completed('done', `${claimedAtMs} 5 w1\n`);
  await planted.dead('dead', claimedAtMs);
  for (const kind of ['mail.send', 'file.digest']) {
    await redis.hset(keys.jobs, `parked-${kind}`, recordText({ kind }));
    await redis.rpush(keys.parked('low', kind), `parked-${kind}`);
  }
}

async function plantFacts(redis: Redis, { prefix, nowMs, breakers }: Planted): Promise<void> {
  const { keys } = new PlantedJobs(redis, prefix);
  await redis.hset(keys.control, { schema: 1, partitions: 1, claim: 1, sweep: nowMs, breakers });
  await redis.hset(keys.paused, 'other', '{}');
  await redis.hset(keys.attempts('file.digest'), '1', 1);
  await redis.set(keys.unique('order-1'), 'waiting', 'PX', 60_000);
  await redis.set(keys.unique('endless'), 'waiting');
  await redis.rpush(keys.bench('run'), 'answer');
  await redis.xadd(keys.audit, '*', 'phase', 'intent');
}
