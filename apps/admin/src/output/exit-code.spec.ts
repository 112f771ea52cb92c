import { ConfigError } from '@app/config';
import { JobNotFoundError, PartitionMismatchError, RedisUnavailableError } from '@app/queue';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../commands/usage.error.js';
import { RedisUnreachableError } from '../redis-unreachable.error.js';
import { CommandEndError } from './end-errors.js';
import { exitCodeOf } from './exit-code.js';

const commanderError = (code: string, exitCode: number) => Object.assign(new Error('x'), { code, exitCode });

describe('exitCodeOf', () => {
  it.each<[string, unknown, number]>([
    ['help that was asked for', commanderError('commander.helpDisplayed', 0), 0],
    ['help that was not', commanderError('commander.help', 1), 2],
    ['an unknown command', commanderError('commander.unknownCommand', 1), 2],
    ['a value that makes no sense', new UsageError('--n: found 0'), 2],
    ['a wrong configuration', new ConfigError([]), 2],
    ['another partition count', new PartitionMismatchError('partitions', 3, 1, 'jobqueue'), 2],
    ['a Redis that is away', new RedisUnreachableError('h:1/0', new RedisUnavailableError('not-sent', 'x')), 3],
    ['what was not confirmed', new CommandEndError(4, 'x'), 4],
    ['an unknown job', new JobNotFoundError('x'), 1],
    ['a bug', new TypeError('x'), 1],
    ['anything thrown', 'x', 1],
  ])('tells the shell about %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
