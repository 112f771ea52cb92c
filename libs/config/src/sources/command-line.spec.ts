import { expect, it } from 'vitest';
import { ConfigError } from '../config.error.js';
import { readCommandLine } from './command-line.js';

it('reads flags with and without an equals sign', () => {
  expect(readCommandLine(['--config=a.yaml', '--scan-dir', '/data'])).toEqual({
    file: 'a.yaml',
    overrides: { 'producer.scan_dir': '/data' },
    wantsVersion: false,
  });
  expect(readCommandLine([])).toEqual({ file: undefined, overrides: {}, wantsVersion: false });
  expect(readCommandLine(['--version']).wantsVersion).toBe(true);
});

it.each([
  [
    ['--scandir=/data'],
    "command line: Unknown option '--scandir'; expected --config=PATH, --scan-dir=PATH or --version",
  ],
  [['/data'], /Unexpected argument '\/data'/],
  [['--config'], /'--config <value>' argument missing/],
])('refuses %j with what is known instead', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(ConfigError);
  expect(() => readCommandLine(args)).toThrow(message);
});
