import { describe, expect, it } from 'vitest';
import { InvalidJobError } from '../errors/invalid-job.error.js';
import type { EnqueueOptions } from './job.js';
import { checkNewJob, isKind } from './job-rules.js';

const check = (options: EnqueueOptions, kind = 'a.b') => checkNewJob(kind, options, ['high', 'low']);

describe('checkNewJob', () => {
  it.each<EnqueueOptions>([
    {},
    { id: 'A-z_0.9:x', queue: 'high', uniqueKey: 'k'.repeat(512), delayMs: 0, maxRetries: 0, timeoutMs: 1 },
    { runAtMs: 0 },
  ])('takes %j', (options) => {
    expect(() => check(options)).not.toThrow();
  });

  it.each<[string, EnqueueOptions]>([
    ['id', { id: '' }],
    ['id', { id: 'with space' }],
    ['id', { id: 'x'.repeat(129) }],
    ['queue', { queue: 'middle' }],
    ['uniqueKey', { uniqueKey: '' }],
    ['uniqueKey', { uniqueKey: 'é'.repeat(257) }],
    ['delayMs', { delayMs: 1, runAtMs: 1 }],
    ['delayMs', { delayMs: -1 }],
    ['delayMs', { delayMs: 0.5 }],
    ['runAtMs', { runAtMs: Number.NaN }],
    ['maxRetries', { maxRetries: 1_001 }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
  ])('refuses a bad %s and names it: %j', (field, options) => {
    expect(() => check(options)).toThrow(expect.objectContaining({ field }) as InvalidJobError);
  });

  it.each(['', 'Upper', '1st', 'white space', 'line\nbreak', 'x'.repeat(65)])('refuses %j as a kind', (kind) => {
    expect(() => check({}, kind)).toThrow(InvalidJobError);
    expect(isKind(kind)).toBe(false);
  });
});
