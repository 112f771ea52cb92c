import { Logger } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import type { LogLevel } from '../observability.options.js';
import { AppLogger } from './app-logger.js';

const FIELDS = 'level ts msg app version job_id kind queue worker_id attempt trace_id span_id duration_ms err'.split(
  ' ',
);

function loggerAt(logLevel: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const logStream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: new AppLogger({ app: 'worker', version: '1.2.3', logLevel, logStream }) };
}

describe('AppLogger', () => {
  it('writes one JSON object a line, with the context in front', () => {
    const { logger, lines } = loggerAt('info');

    logger.log('two\nlines', 'ScanService');

    expect(lines).toEqual([
      {
        level: 'info',
        ts: expect.stringMatching(/^\d{4}-.*Z$/),
        app: 'worker',
        version: '1.2.3',
        msg: 'ScanService: two\nlines',
      },
    ]);
  });

  it('writes no raw control byte, whatever a message or an error says, and loses nothing of it', () => {
    const hostile = 'a\u001b]52;c;ZXZpbA==\u0007\u009b2J\nb\u202e\u2028 ü 日本 👩‍👩‍👧';
    const raw: string[] = [];
    const logStream = { write: (line: string) => void raw.push(line) };
    const logger = new AppLogger({ app: 'worker', version: '1.2.3', logLevel: 'info', logStream });

    logger.warn({ msg: hostile, job_id: hostile, err: new Error(`${hostile}${'x\u009b'.repeat(500_000)}`) });

    expect(raw).toHaveLength(1);
    expect(raw[0]!.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/u);
    expect(JSON.parse(raw[0]!)).toMatchObject({ msg: hostile, job_id: hostile });
    expect(raw[0]!.length).toBeLessThan(60_000);
  });

  it('takes log fields and the error out of an object, and nothing else', () => {
    const { logger, lines } = loggerAt('info');

    logger.warn({ msg: 'cannot read', job_id: 'j1', queue: 'low', payload: 'secret', err: new Error('EACCES') });

    expect(lines[0]).toMatchObject({
      level: 'warn',
      msg: 'cannot read',
      job_id: 'j1',
      queue: 'low',
      err: { message: 'EACCES' },
    });
    expect(Object.keys(lines[0]!).filter((field) => !FIELDS.includes(field))).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it.each([
    ['an error', (logger: AppLogger) => logger.error(new TypeError('boom'), 'Ctx')],
    ['an error after a message', (logger: AppLogger) => logger.error('failed', new TypeError('boom'), 'Ctx')],
    ['a stack, as Nest gives it', (logger: AppLogger) => logger.error('boom', new TypeError('boom').stack, 'Ctx')],
  ])('logs %s with class and stack', (_, log) => {
    const { logger, lines } = loggerAt('info');

    log(logger);

    expect(lines[0]).toMatchObject({
      level: 'error',
      msg: expect.stringMatching(/^Ctx: /),
      err: { type: 'TypeError', message: 'boom' },
    });
    expect((lines[0]!.err as { stack: string }).stack).toContain('app-logger.spec');
  });

  it('writes what Nest says at start only at debug, and verbose as trace', () => {
    const { logger, lines } = loggerAt('trace');

    logger.log('Starting Nest application...', 'NestFactory');
    logger.verbose('detail', 'X');

    expect(lines.map(({ level }) => level)).toEqual(['debug', 'trace']);
  });

  it('writes nothing below its level', () => {
    const { logger, lines } = loggerAt('error');

    logger.warn('no');
    logger.log('no');
    logger.write('info', 'no');

    expect(lines).toEqual([]);
    expect([logger.isEnabled('warn'), logger.isEnabled('error')]).toEqual([false, true]);
  });

  it('serves the loggers of Nest', () => {
    const { logger, lines } = loggerAt('info');

    Logger.overrideLogger(logger);
    new Logger('Handler').warn('careful');

    expect(lines[0]).toMatchObject({ level: 'warn', msg: 'Handler: careful' });
  });

  it('limits the message', () => {
    const { logger, lines } = loggerAt('info');

    logger.log('x'.repeat(10_000));

    expect((lines[0]!.msg as string).length).toBeLessThanOrEqual(4_096);
  });
});
