import { EnqueueService, QueueModule } from '@app/queue';
import type { TestRedis } from '@app/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach } from 'vitest';
import type { QueueSettings } from './use-fleet.js';

/** Opens producers inside the spec itself, connected as an application is. They are closed after each test. */
export function useClient(test: TestRedis): (queue?: QueueSettings) => Promise<EnqueueService> {
  const open: INestApplicationContext[] = [];
  afterEach(async () => {
    for (const client of open.splice(0)) await client.close();
  });
  return async (queue = {}) => {
    const { addr, password } = test;
    const options = { ...queue, redis: { addr, password, ...queue.redis }, prefix: test.prefix() };
    const client = await NestFactory.createApplicationContext(QueueModule.forRoot(options), { logger: false });
    open.push(client);
    return client.get(EnqueueService);
  };
}
