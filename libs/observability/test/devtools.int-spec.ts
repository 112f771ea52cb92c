import { useRedis } from '@app/testing';
import { SerializedGraph } from '@nestjs/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ObservedApp } from './observed-app.js';

describe('Nest devtools', () => {
  const redis = useRedis();
  let app: ObservedApp | undefined;

  afterEach(async () => {
    vi.unstubAllEnvs();
    await app?.close();
    app = undefined;
  });

  it('see the graph of the application, the queue in it', async () => {
    vi.stubEnv('NEST_DEVTOOLS', '1');

    app = await ObservedApp.start(redis);

    const { nodes } = app.get(SerializedGraph).toJSON();
    expect(Object.values(nodes).map(({ label }) => label)).toEqual(
      expect.arrayContaining(['QueueModule', 'EnqueueService', 'DevtoolsModule']),
    );
  });

  it('are not there unless asked for', async () => {
    app = await ObservedApp.start(redis);

    expect(Object.values(app.get(SerializedGraph).toJSON().nodes)).toEqual([]);
  });

  it('are refused in production', async () => {
    vi.stubEnv('NEST_DEVTOOLS', '1');
    vi.stubEnv('NODE_ENV', 'production');

    await expect(ObservedApp.start(redis)).rejects.toThrow('unset one of the two');
  });
});
