import { describe, expect, it } from 'vitest';
import { planOf } from './role.js';
import { UsageError } from './usage-error.js';

const admin = (...args: string[]) => ({ do: 'app', app: 'admin', args });

describe('planOf', () => {
  it('is the whole suite without a role', () => {
    expect(planOf([])).toEqual({
      do: 'all',
      options: { config: undefined, scanDir: undefined, dataDir: '.data', embeddedRedis: false, once: false },
    });
  });

  it('reads the flags of the whole suite, with = and without', () => {
    const argv = ['--role=all', '--embedded-redis', '--once', '--scan-dir', '/a b', '--config=c.yaml', '--data-dir=/d'];

    expect(planOf(argv)).toEqual({
      do: 'all',
      options: { config: 'c.yaml', scanDir: '/a b', dataDir: '/d', embeddedRedis: true, once: true },
    });
  });

  it.each(['producer', 'worker'])('hands the rest of the command line to %s', (app) => {
    expect(planOf([`--role=${app}`, '--config=c.yaml'])).toEqual({ do: 'app', app, args: ['--config=c.yaml'] });
    expect(planOf(['--config', 'c.yaml', '--role', app])).toEqual({ do: 'app', app, args: ['--config', 'c.yaml'] });
  });

  it.each([
    [['--role=admin', '--admin-cmd=stats', '--config=config.yaml'], admin('stats', '--config=config.yaml')],
    [
      ['--role=admin', '--admin-cmd=peek', '--queue=high', '--n=20', '--config=config.yaml'],
      admin('peek', '--queue=high', '--n=20', '--config=config.yaml'),
    ],
    [
      ['--role=admin', '--admin-cmd=purge-dlq', '--dry-run', '--config=config.yaml'],
      admin('purge-dlq', '--dry-run', '--config=config.yaml'),
    ],
    [
      ['--role=admin', '--admin-cmd=purge-dlq', '--yes', '--config=config.yaml'],
      admin('purge-dlq', '--yes', '--config=config.yaml'),
    ],
    [
      [
        '--role=admin',
        '--admin-cmd=bench',
        '--bench-count=2000',
        '--bench-rate=1000',
        '--bench-priority=low',
        '--bench-timeout=60s',
      ],
      admin('bench', '--bench-count=2000', '--bench-rate=1000', '--bench-priority=low', '--bench-timeout=60s'),
    ],
  ])('translates the command line of the runbook %j', (argv, plan) => {
    expect(planOf(argv)).toEqual(plan);
  });

  it('takes admin commands of two words, and positional ones', () => {
    expect(planOf(['--role=admin', '--admin-cmd=job show', '01J8'])).toEqual(admin('job', 'show', '01J8'));
    expect(planOf(['--config=c.yaml', '--admin-cmd', 'workers', '--role', 'admin', '--json'])).toEqual(
      admin('workers', '--config=c.yaml', '--json'),
    );
    expect(planOf(['--role=admin', 'job', 'show', '01J8'])).toEqual(admin('job', 'show', '01J8'));
    expect(planOf(['--role=admin', '--help'])).toEqual(admin('--help'));
  });

  it.each([[['--version']], [['--role=admin', '--version']], [['--role=worker', '--version']]])(
    'answers the version for %j',
    (argv) => {
      expect(planOf(argv)).toEqual({ do: 'version' });
    },
  );

  it('answers help', () => {
    expect(planOf(['--help'])).toEqual({ do: 'help' });
  });

  it.each([
    [['--role=wroker'], 'unknown role "wroker"'],
    [['--role='], '--role needs a value'],
    [['--role'], '--role needs a value'],
    [['--role=all', '--embeded-redis'], 'unknown flag "--embeded-redis" of --role=all'],
    [['--scan-dir='], '--scan-dir needs a value'],
    [['--scan-dir'], '--scan-dir'],
    [['--once=maybe'], '--once'],
    [['folder'], 'unexpected argument "folder"'],
    [['--role=all', '--admin-cmd=stats'], '--admin-cmd=stats needs --role=admin'],
    [['--role=admin'], '--role=admin needs a command'],
    [['--role=admin', '--queue=high'], '--role=admin needs a command'],
    [['--role=worker', '--embedded-redis'], '--embedded-redis needs --role=all, found --role=worker'],
    [['--role=producer', '--scan-dir=/a'], '--scan-dir needs --role=all, found --role=producer'],
  ])('refuses %j', (argv, message) => {
    expect(() => planOf(argv)).toThrow(UsageError);
    expect(() => planOf(argv)).toThrow(message);
  });

  it('names what a mistyped word could be', () => {
    expect.assertions(1);
    try {
      planOf(['--onec']);
    } catch (error) {
      expect((error as UsageError).mistyped).toMatchObject({
        word: '--onec',
        candidates: expect.arrayContaining(['--once']),
      });
    }
  });
});
