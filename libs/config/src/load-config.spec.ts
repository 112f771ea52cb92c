import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from './config.error.js';
import { type ConfigRequest, loadConfig } from './load-config.js';
import { AppConfig } from './sections/app-config.js';

describe('loadConfig', () => {
  let cwd: string;
  const load = (yaml: string, request: Partial<ConfigRequest> = {}) => {
    writeFileSync(join(cwd, 'config.yaml'), yaml);
    return loadConfig({ file: 'config.yaml', env: {}, cwd, ...request });
  };
  const complaints = (yaml: string, request: Partial<ConfigRequest> = {}) => {
    try {
      load(yaml, request);
    } catch (error) {
      if (error instanceof ConfigError) return error.message.split('\n');
      throw error;
    }
    return [];
  };

  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'config-'));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  describe('order', () => {
    it('uses the defaults and says so when the default file is missing', () => {
      const { config, notes, warnings } = loadConfig({ env: {}, cwd });

      expect(config).toEqual(new AppConfig());
      expect(notes).toEqual(['config/config.yaml does not exist, defaults are used']);
      expect(warnings).toEqual([]);
    });

    it('reads the default file when there is one', () => {
      mkdirSync(join(cwd, 'config'));
      writeFileSync(join(cwd, 'config/config.yaml'), 'worker: { count: 3 }');

      const { config, notes, origins } = loadConfig({ env: {}, cwd });

      expect(config.worker.count).toBe(3);
      expect(notes).toEqual([]);
      expect(origins.get('worker.count')).toBe('config/config.yaml:1');
    });

    it('lets the environment win over the file, and the command line over both', () => {
      const yaml = 'worker:\n  count: 2\n  max_retries: 2\n  job_timeout: 2s\n';

      const { config, origins } = load(yaml, {
        env: { WORKER_MAX_RETRIES: '3', WORKER_JOB_TIMEOUT: '3s' },
        overrides: { 'worker.job_timeout': '4s', 'worker.count': undefined },
      });

      expect(config.worker).toMatchObject({ count: 2, maxRetries: 3, jobTimeoutMs: 4_000 });
      expect(
        ['count', 'max_retries', 'job_timeout', 'shutdown_timeout'].map((key) => origins.get(`worker.${key}`)),
      ).toEqual(['config.yaml:2', 'WORKER_MAX_RETRIES', '--job-timeout', 'default']);
    });

    it.each(['CIRCUIT_BREAKER_COOLDOWN_PERIOD', 'CIRCUIT_BREAKER__COOLDOWN_PERIOD'])('reads %s', (variable) => {
      expect(load('', { env: { [variable]: '45s' } }).config.circuitBreaker.cooldownPeriodMs).toBe(45_000);
    });

    it('freezes the result at every depth', () => {
      const { config } = load('');

      expect(Object.isFrozen(config.worker.backoff)).toBe(true);
      expect(() => (config.queue.names as string[]).push('x')).toThrow(TypeError);
    });

    it('lets file.digest read the scanned folder when no roots are given', () => {
      const scanned = load('', { overrides: { 'producer.scan_dir': '/data' } });
      const given = load('worker: { file_digest: { roots: [/other] } }', { env: { PRODUCER_SCAN_DIR: '/data' } });

      expect(scanned.config.worker.fileDigest.roots).toEqual(['/data']);
      expect(scanned.origins.get('worker.file_digest.roots')).toBe('producer.scan_dir');
      expect(given.config.worker.fileDigest.roots).toEqual(['/other']);
    });
  });

  describe('refusals', () => {
    it('refuses a named file that does not exist', () => {
      expect(() => loadConfig({ file: 'nowhere.yaml', env: {}, cwd })).toThrow(
        'nowhere.yaml: found no such file (configuration file), expected a readable YAML file',
      );
    });

    it('refuses a file that cannot be read', () => {
      mkdirSync(join(cwd, 'folder.yaml'));

      expect(() => loadConfig({ file: 'folder.yaml', env: {}, cwd })).toThrow('folder.yaml: found EISDIR');
    });

    it('names everything at once, with where it came from', () => {
      const yaml = 'worker:\n  cuont: 5\n  heartbeat_ttl: 2s\n  backoff: { base: 1m }\nredis:\n  addr: localhost\n';

      expect(
        complaints(yaml, { env: { WORKER_COUNT: 'abc', REDIS_DB: '-1' }, overrides: { 'producer.kind': '' } }),
      ).toEqual([
        'worker.cuont: unknown key (config.yaml:2); did you mean worker.count?',
        'redis.addr: found "localhost" (config.yaml:6), expected host:port, such as localhost:6379',
        'redis.db: found "-1" (REDIS_DB), expected an integer from 0 to 65535',
        'worker.count: found "abc" (WORKER_COUNT), expected an integer from 1 to 10000',
        'worker.heartbeat_ttl: found 2s (config.yaml:3), expected a duration ≥ 5s',
        'worker.backoff.base: found 1m (config.yaml:4), expected at most worker.backoff.max, 10s',
        'producer.kind: found "" (--kind), expected the kind of a job, such as file.digest',
      ]);
    });

    it('gives the facts of an issue as fields', () => {
      const facts = {
        path: 'worker.count',
        found: '0',
        expected: 'an integer from 1 to 10000',
        origin: 'config.yaml:1',
      };

      expect(() => load('worker: { count: 0 }')).toThrow(
        expect.objectContaining({ issues: [expect.objectContaining(facts)] }),
      );
    });

    it('still checks the environment when the file is not YAML', () => {
      const lines = complaints('worker: {', { env: { WORKER_COUNT: '0' } });

      expect(lines[0]).toContain('config.yaml:1: not valid YAML');
      expect(lines[1]).toContain('worker.count: found "0"');
    });

    it('refuses a setting that no app may override', () => {
      expect(complaints('', { overrides: { 'worker.cuont': 1 } })).toEqual([
        'worker.cuont: unknown key (--cuont); did you mean worker.count?',
      ]);
    });

    it('never shows a secret', () => {
      const lines = complaints('redis: { password: 12345678 }', { env: { REDIS_URL: 'http://user:12345678@host' } });

      expect(lines.join()).not.toContain('12345678');
      expect(lines).toHaveLength(2);
    });
  });

  describe('each value', () => {
    it.each([
      ['worker: { count: 1.5 }', 'worker.count: found 1.5'],
      ['worker: { count: }', 'worker.count: found nothing'],
      ['worker: { count: "5" }', 'worker.count: found "5"'],
      ['worker: { heartbeat_ttl: 30 }', 'worker.heartbeat_ttl: found 30'],
      ['worker: { job_timeout: -5s }', 'worker.job_timeout: found "-5s"'],
      [
        'worker: { priority_mode: fair }',
        'worker.priority_mode: found "fair" (config.yaml:1), expected strict or weighted',
      ],
      ['worker: { weights: { high: 0 } }', 'worker.weights: found {"high":0}'],
      ['worker: { weights: [high] }', 'worker.weights: found ["high"]'],
      ['queue: { names: [] }', 'queue.names: found []'],
      ['queue: { names: [high, high] }', 'queue.names: found ["high","high"]'],
      ['queue: { names: [High] }', 'queue.names: found ["High"]'],
      ['queue: { names: [1] }', 'queue.names: found [1]'],
      ['queue: { prefix: "a{b}" }', 'queue.prefix: found "a{b}"'],
      ['queue: { max_length: -1 }', 'queue.max_length: found -1 (config.yaml:1), expected an integer ≥ 0'],
      ['circuit_breaker: { failure_threshold: 0 }', 'circuit_breaker.failure_threshold: found 0'],
      ['circuit_breaker: { failure_threshold: 1.1 }', 'circuit_breaker.failure_threshold: found 1.1'],
      ['circuit_breaker: { failure_threshold: .nan }', 'circuit_breaker.failure_threshold: found NaN'],
      ['observability: { metrics_port: 65536 }', 'observability.metrics_port: found 65536'],
      [
        'producer: { http: { port: 0 } }',
        'producer.http.port: found 0 (config.yaml:1), expected an integer from 1 to 65535',
      ],
      [
        'producer: { follow_symlinks: yes }',
        'producer.follow_symlinks: found "yes" (config.yaml:1), expected true or false',
      ],
      ['producer: { high_priority_exts: [pdf] }', 'producer.high_priority_exts: found ["pdf"]'],
      ['redis: { addr: "localhost:0" }', 'redis.addr: found "localhost:0"'],
      [
        'worker: { http_request: { allowed_origins: ["https://a.example/path"] } }',
        'worker.http_request.allowed_origins: found ["https://a.example/path"]',
      ],
      ['worker: { http_request: { private_origins: ["*"] } }', 'worker.http_request.private_origins: found ["*"]'],
      ['worker: { command_run: { commands: { a: "rm -r /" } } }', 'worker.command_run.commands: found {"a":"rm -r /"}'],
      ['worker: { command_run: { commands: { a: [] } } }', 'worker.command_run.commands: found {"a":[]}'],
      [
        'worker: { command_run: { commands: { a: [sleep, 5] } } }',
        'worker.command_run.commands: found {"a":["sleep",5]}',
      ],
      [
        'worker: { command_run: { commands: { "A B": [sleep] } } }',
        'worker.command_run.commands: found {"A B":["sleep"]}',
      ],
      ['redis: { addr: "localhost:65536" }', 'redis.addr: found "localhost:65536"'],
      ['redis: { addr: "redis://localhost:6379" }', 'redis.addr: found "redis://localhost:6379"'],
      ['redis: { addr: "ann:s3cret@localhost:6379" }', 'redis.addr: found "***@localhost:6379"'],
      ['redis: { addr: "ann:s3/cr@et@localhost:6379" }', 'redis.addr: found "***@localhost:6379"'],
      ['redis: { sentinel: { addrs: ["a:1", ":s3cret@b:2"] } }', 'redis.sentinel.addrs: found ["a:1","***@b:2"]'],
    ])('is checked: %s', (yaml, start) => {
      expect(complaints(yaml).map((line) => line.slice(0, start.length))).toEqual([start]);
    });

    it.each(['localhost:6379', '10.0.0.1:65535', '[::1]:6379', 'redis-0.redis.svc.cluster.local:1'])(
      'takes the address %s',
      (addr) => {
        expect(load('', { env: { REDIS_ADDR: addr } }).config.redis.addr).toBe(addr);
      },
    );
  });
});
