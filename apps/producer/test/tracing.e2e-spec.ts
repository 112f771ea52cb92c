import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppProcess, useRedis, waitUntil } from '@app/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpProducer, post, startHttpProducer } from './http-producer.js';
import { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

describe('a job that comes in over HTTP, traced', () => {
  const redis = useRedis();
  let folder: string;
  let receiver: OtlpReceiver;
  let producer: HttpProducer;
  let worker: AppProcess;

  const settings = () => ({
    'observability.tracing.enabled': true,
    'observability.tracing.endpoint': receiver.endpoint,
    'observability.log_level': 'debug',
  });

  beforeEach(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'tracing-e2e-')));
    writeFileSync(join(folder, 'a.txt'), 'content');
    receiver = await OtlpReceiver.start();
    producer = await startHttpProducer(redis, settings());
    worker = await AppProcess.start('worker', {
      settings: {
        'redis.addr': redis.addr,
        'redis.password': redis.password,
        'queue.prefix': redis.prefix(),
        'worker.file_digest.roots': folder,
        'worker.max_retries': 0,
        ...settings(),
      },
    });
    await worker.ready();
  });

  afterEach(async () => {
    await Promise.all([producer, { app: worker }].map(({ app }) => app.stop('SIGKILL')));
    receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Sends a job, waits for its end, stops both apps: what waits is flushed. */
  async function trace(path: string): Promise<Record<string, ReceivedSpan>> {
    const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
    const { status } = await post(
      producer.url,
      { kind: 'file.digest', queue: 'low', payload: { path } },
      { traceparent },
    );
    expect(status).toBe(201);
    await waitUntil(() => /"msg":"job (completed|is dead)/.test(worker.output), { what: 'the end of the job' });
    expect(await Promise.all([producer.app.stop(), worker.stop()])).toEqual(Array(2).fill({ code: 0, signal: null }));
    return Object.fromEntries(receiver.spans.map((span) => [span.name, span]));
  }

  it('is one trace from the request to the settlement, which continues that of the caller', async () => {
    const spans = await trace(join(folder, 'a.txt'));

    const [request, send, run, settle] = ['POST /v1/jobs', 'send low', 'process low', 'settle low'].map(
      (name) => spans[name]!,
    );
    expect([request, send, run, settle].map((span) => span?.kind)).toEqual([2, 4, 5, 3]);
    expect(new Set(receiver.spans.map(({ traceId }) => traceId))).toEqual(new Set([CALLER.traceId]));
    expect([request, send, run, settle].map((span) => span?.parentSpanId)).toEqual([
      CALLER.spanId,
      request?.spanId,
      send?.spanId,
      run?.spanId,
    ]);
    expect(run?.links).toMatchObject([{ traceId: CALLER.traceId, spanId: send?.spanId }]);
    expect(settle?.startMs).toBeGreaterThanOrEqual(run!.endMs - 2);
    expect(send?.attributes).toMatchObject({
      'messaging.system': 'jobqueue',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'low',
      'jobqueue.kind': 'file.digest',
      'jobqueue.outcome': 'stored',
    });
    expect(settle?.attributes).toMatchObject({ 'jobqueue.outcome': 'completed' });
  });

  it('has the same trace id in the log of the worker', async () => {
    const spans = await trace(join(folder, 'a.txt'));

    const line = worker.output.split('\n').find((text) => text.includes('"msg":"job completed'))!;
    expect(JSON.parse(line)).toMatchObject({ trace_id: CALLER.traceId, span_id: spans['process low']?.spanId });
  });

  it('says what failed, without a stack or a payload', async () => {
    const spans = await trace('/nowhere/at-all');

    const { status, attributes } = spans['process low']!;
    expect(status).toMatchObject({ code: 2 });
    expect(attributes).toMatchObject({ 'error.type': 'UnrecoverableJobError' });
    expect(spans['settle low']?.attributes).toMatchObject({ 'jobqueue.outcome': 'failed' });
    expect(JSON.stringify(receiver.spans)).not.toContain('at-all"}');
  });
});
