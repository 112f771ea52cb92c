import { type AppProcess, storedJobs, useRedis } from '@app/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { post, startHttpProducer } from './http-producer.js';

const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
const EVENT = {
  specversion: '1.0',
  type: 'order.placed',
  source: '/shop/7',
  id: 'e-1',
  time: '2027-01-01T00:00:00Z',
  tenant: 'x',
  data: { order: 17 },
};
const BINARY = {
  'ce-specversion': '1.0',
  'ce-type': 'order.placed',
  'ce-source': '/shop/7',
  'ce-id': 'e%2D1',
  'ce-tenant': 'x',
};

describe('CloudEvents over HTTP', () => {
  const redis = useRedis();
  const started: AppProcess[] = [];
  afterEach(() => Promise.all(started.splice(0).map((app) => app.stop('SIGKILL'))));

  async function start(): Promise<string> {
    const { app, url } = await startHttpProducer(redis);
    started.push(app);
    return url;
  }

  it('become a job: type is the kind, data the payload, source and id the key in either mode', async () => {
    const url = await start();

    const structured = await post(url, EVENT, STRUCTURED);
    const binary = await post(url, EVENT.data, BINARY);
    const vendor = await post(url, EVENT.data, { ...BINARY, 'content-type': 'application/vnd.shop+json' });
    const other = await post(url, EVENT.data, { ...BINARY, 'ce-id': 'e-2' });

    expect([structured, binary, vendor, other].map(({ status }) => status)).toEqual([201, 200, 200, 201]);
    expect(binary.body.id).toBe(structured.body.id);
    const jobs = await storedJobs(redis.redis, redis.prefix());
    expect(
      jobs
        .map(({ kind, payload, uniqueKey }) => [kind, payload, uniqueKey])
        .toSorted(([, , a], [, , b]) => String(a).localeCompare(String(b))),
    ).toEqual([
      ['order.placed', { order: 17 }, 'cloudevent:/shop/7 e-1'],
      ['order.placed', { order: 17 }, 'cloudevent:/shop/7 e-2'],
    ]);
  });

  it('come in batches, and without data', async () => {
    const url = await start();
    const headers = { 'content-type': 'application/cloudevents-batch+json' };

    const { status, results } = await post(url, [EVENT, EVENT, { ...EVENT, id: 'e-3', data: undefined }, {}], headers);

    expect([status, results.map((result) => result.status)]).toEqual([200, [201, 200, 201, 400]]);
  });

  it('are refused when an attribute is wrong', async () => {
    const url = await start();

    for (const [status, field, event] of WRONG)
      expect(await post(url, event, STRUCTURED)).toMatchObject({ status, body: { field } });
  });
});

const WRONG: [status: number, field: string, event: unknown][] = [
  [400, 'specversion', { ...EVENT, specversion: '0.3' }],
  [400, 'type', { ...EVENT, type: undefined }],
  [400, 'kind', { ...EVENT, type: 'Order Placed' }],
  [400, 'source', { ...EVENT, source: 'a b' }],
  [400, 'source', { ...EVENT, source: '' }],
  [400, 'id', { ...EVENT, id: 7 }],
  [400, 'id', { ...EVENT, id: 'x'.repeat(600) }],
  [400, 'body', 'null'],
  [415, 'data_base64', { ...EVENT, data: undefined, data_base64: 'AA==' }],
];
