import { PartitionMismatchError } from '@app/queue';
import { describe, expect, it } from 'vitest';
import { StartError } from '../start-error.js';
import { startFailure } from './start-failure.js';

describe('startFailure', () => {
  it.each([
    ['a port in use', new StartError('port 1 is in use')],
    ['another partition count', new PartitionMismatchError('partitions', 3, 2, 'jobqueue')],
    ['a configuration error', Object.assign(new Error('redis.db: found x'), { name: 'ConfigError' })],
  ])('exits with 2 and the message alone for %s', (_, error) => {
    expect(startFailure('worker', error)).toEqual({ text: `worker cannot start: ${error.message}`, exitCode: 2 });
  });

  it('exits with 1 and the stack for anything else', () => {
    const { text, exitCode } = startFailure('worker', new TypeError('boom'));

    expect(exitCode).toBe(1);
    expect(text).toMatch(/^worker cannot start: TypeError: boom\n +at /);
  });

  it('keeps one line for each problem and escapes the rest', () => {
    const error = new StartError('first\nsecond \u001b[2J');

    expect(startFailure('worker', error).text).toBe('worker cannot start: first\nsecond \\u001b[2J');
  });
});
