import { describe, expect, it } from 'vitest';
import { buildConfig } from '../build-config.js';
import { readYaml } from './yaml-file.js';

const lines = (text: string) => readYaml(text, 'config.yaml').issues.map((issue) => issue.line);

describe('readYaml', () => {
  it('takes values with the line they stand on', () => {
    const { values, issues } = readYaml('worker:\n  count: 32\n  backoff:\n    base: 1s\n', 'config.yaml');

    expect(issues).toEqual([]);
    expect(values.get('worker.count')).toEqual({ value: 32, isText: false, origin: 'config.yaml:2', rank: 1 });
    expect(values.get('worker.backoff.base')).toMatchObject({ value: '1s', origin: 'config.yaml:4' });
  });

  it.each(['', '# nothing\n', 'worker:\n', 'worker:\n  # count: 16\n'])('takes nothing from %j', (text) => {
    expect(readYaml(text, 'config.yaml')).toMatchObject({ values: new Map(), issues: [] });
  });

  it('takes an empty value as one that is there, so that the check names it', () => {
    expect(readYaml('worker:\n  count:\n', 'config.yaml').values.get('worker.count')).toMatchObject({ value: null });
  });

  it.each([
    ['worker:\n  cuont: 5\n', 'worker.cuont: unknown key (config.yaml:2); did you mean worker.count?'],
    ['wroker:\n  count: 5\n', 'wroker: unknown key (config.yaml:1); did you mean worker?'],
    ['heartbeat_ttl: 5s\n', 'heartbeat_ttl: unknown key (config.yaml:1); did you mean worker.heartbeat_ttl?'],
    [
      'worker:\n  heartbeatTtl: 5s\n',
      'worker.heartbeatTtl: unknown key (config.yaml:2); did you mean worker.heartbeat_ttl?',
    ],
    [
      'worker:\n  backoff:\n    jitter: 1\n',
      'worker.backoff.jitter: unknown key (config.yaml:3); expected one of base, max',
    ],
    [
      '"__proto__": 1\n',
      '__proto__: unknown key (config.yaml:1); expected one of redis, queue, worker, producer, circuit_breaker, observability, admin',
    ],
    [
      '<<: 1\n',
      '<<: unknown key (config.yaml:1); expected one of redis, queue, worker, producer, circuit_breaker, observability, admin',
    ],
  ])('refuses the key in %j with a suggestion', (text, line) => {
    expect(lines(text)).toEqual([line]);
  });

  it.each([
    ['worker: 5\n', 'worker: found 5 (config.yaml:1), expected a section of settings'],
    ['worker:\n  backoff: [1]\n', 'worker.backoff: found [1] (config.yaml:2), expected a section of settings'],
    ['- worker\n', 'config.yaml: found ["worker"] (config.yaml), expected a section of settings'],
  ])('refuses %j where a section belongs', (text, line) => {
    expect(lines(text)).toEqual([line]);
  });

  it.each([
    ['worker:\n  count: 1\n  count: 2\n', 'config.yaml:3: not valid YAML: Map keys must be unique'],
    ['worker: {\n', 'config.yaml:2: not valid YAML:'],
    ['worker:\n\tcount: 1\n', 'config.yaml:2: not valid YAML:'],
    [
      'queue: &q\n  names: [a]\nworker: *q\n',
      'config.yaml:3: not valid YAML: an alias (*…); write the value out, and text that starts with * in quotes',
    ],
    [
      'a: &a [*a]\n',
      'config.yaml:1: not valid YAML: an alias (*…); write the value out, and text that starts with * in quotes',
    ],
    [
      'worker:\n  count: !job 5\n',
      'config.yaml:2: not valid YAML: Unresolved tag; text with special characters needs quotes',
    ],
    ['worker:\n---\nworker:\n', 'config.yaml:2: not valid YAML:'],
  ])('refuses %j and names the line', (text, start) => {
    expect(lines(text)[0]).toContain(start);
  });

  it.each([
    'password: *canary\n',
    'password: !canary\n',
    'password: !canary x\n',
    'password: !!canary x\n',
    'password: !<canary> x\n',
    'password: !c!canary x\n',
    'password: canary!\n',
    'password: |canary\n',
    'password: >canary\n',
    'password: @canary\n',
    'password: %canary\n',
    'password: `canary\n',
    'password: "canary\n',
    'password: "a\\canary"\n',
    "password: 'canary\n",
    'password: {canary\n',
    'password: [canary\n',
    'password: canary: x\n',
    'password: &canary\n',
    'password: - canary\n',
    'password: ? canary\n',
    'password: "x" canary\n',
    'password:\n    canary: x\n',
    'password:\n    - canary\n',
    'addr: redis://user:canary@localhost:6379\n',
    'addr: redis://:can/canary@localhost\n',
  ])('says nothing of a secret that was written as %j', (line) => {
    const { values, issues } = readYaml(`redis:\n  ${line}`, 'config.yaml');

    const { issues: more } = buildConfig(values, {});

    expect(JSON.stringify([issues, more])).not.toContain('canary');
  });
});
