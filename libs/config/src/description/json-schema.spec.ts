import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ConfigError } from '../config.error.js';
import { formatGoDuration, parseGoDuration } from '../go-duration.js';
import { loadConfig } from '../load-config.js';
import { SETTINGS } from '../schema/setting-list.js';
import { configSchema } from './json-schema.js';

const example = readFileSync(new URL('../../../../config/config.example.yaml', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'config-schema-'));
afterAll(() => rmSync(folder, { recursive: true }));

const validate = new Ajv({ allowUnionTypes: true, strictTypes: false, strictTuples: false }).compile(configSchema());
const schemaTakes = (yaml: string): boolean => validate(parse(yaml));
/** What the schema has against a file; nothing when it takes it. */
const complaints = (yaml: string): unknown[] => (schemaTakes(yaml) ? [] : [yaml, validate.errors]);

function loaderTakes(yaml: string): boolean {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, yaml);
  try {
    loadConfig({ file, env: {} });
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}

/** One setting as a file of its own. */
function fileWith(path: string, value: unknown): string {
  return JSON.stringify(path.split('.').reduceRight((inner, name) => ({ [name]: inner }), value as object));
}

describe('the JSON Schema', () => {
  it('takes the example, an empty file and empty sections', () => {
    expect(complaints(example)).toEqual([]);
    expect(['', 'worker:', 'worker: { backoff: }'].map(schemaTakes)).toEqual([true, true, true]);
  });

  it.each([
    'worker: { cuont: 5 }',
    'wroker: { count: 5 }',
    'worker: 5',
    'worker: { backoff: { bsae: 1s } }',
    'worker: { count: 0 }',
    'worker: { count: 1.5 }',
    'worker: { count: "5" }',
    'worker: { count: }',
    'worker: { heartbeat_ttl: 30 }',
    'worker: { heartbeat_ttl: "30" }',
    'worker: { heartbeat_ttl: 0s }',
    'worker: { job_timeout: -5s }',
    'worker: { job_timeout: 5 s }',
    'worker: { job_timeout: 1d }',
    'worker: { job_timeout: 5S }',
    'worker: { job_timeout: 1m30 }',
    'worker: { priority_mode: fair }',
    'worker: { weights: { high: 0 } }',
    'worker: { weights: [high] }',
    'worker: { command_run: { commands: { a: "rm -r /" } } }',
    'worker: { command_run: { commands: { a: [] } } }',
    'worker: { command_run: { commands: { a: [""] } } }',
    'worker: { command_run: { commands: { a: [sleep, 5] } } }',
    'worker: { command_run: { commands: { a: [sleep, "\\0"] } } }',
    'worker: { command_run: { commands: { "A B": [sleep] } } }',
    'queue: { names: [] }',
    'queue: { names: [high, high] }',
    'queue: { names: [High] }',
    'queue: { names: high }',
    'queue: { max_length: -1 }',
    'circuit_breaker: { failure_threshold: 0 }',
    'circuit_breaker: { failure_threshold: 1.1 }',
    'observability: { metrics_port: 65536 }',
    'observability: { log_level: loud }',
    'producer: { follow_symlinks: yes }',
    'producer: { high_priority_exts: [pdf] }',
    'redis: { addr: "localhost:0" }',
    'redis: { password: 12345 }',
    'redis: { mode: replica }',
  ])('refuses %s, as the loader does', (yaml) => {
    expect({ schema: schemaTakes(yaml), loader: loaderTakes(yaml) }).toEqual({ schema: false, loader: false });
  });

  it('takes whatever the loader takes', () => {
    const times = fc.integer({ min: 0, max: 90_000_000 }).map(formatGoDuration);
    const words = fc.constantFrom('0', '.5s', '1.h', '+1m', 'a:1', '[::1]:6379', '.pdf', 'high', 'debug', '127.0.0.1');
    const values = fc.oneof(
      times,
      words,
      fc.string(),
      fc.integer({ min: -1, max: 70_000 }),
      fc.constantFrom(0, 0.5, 1, 1.0001),
      fc.boolean(),
      fc.uniqueArray(words),
      fc.dictionary(words, fc.integer({ min: 0, max: 1_001 })),
      fc.dictionary(words, fc.array(fc.string(), { maxLength: 3 })),
    );

    fc.assert(
      fc.property(fc.constantFrom(...SETTINGS), values, ({ path }, value) => {
        const yaml = fileWith(path, value);
        if (loaderTakes(yaml)) expect(complaints(yaml)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['worker.job_timeout', 'worker.shutdown_timeout'])('takes every Go duration for %s', (path) => {
    const durations = fc.stringMatching(/^[+]?([0-9.]{1,3}(ns|us|µs|ms|s|m|h|d|)){1,2}$/);

    fc.assert(
      fc.property(durations, (duration) => {
        const yaml = fileWith(path, duration);
        if (loaderTakes(yaml)) expect(schemaTakes(yaml)).toBe(true);
        else expect(schemaTakes(yaml) && (parseGoDuration(duration) ?? 0) >= 1).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});
