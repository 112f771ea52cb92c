import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { openApiDocument } from '../apps/producer/src/http/openapi.js';
import { breakingChanges } from './openapi-changes.mjs';

/** What the last release promised its clients; a release copies `dist/openapi.json` there. */
const released = JSON.parse(readFileSync(join(import.meta.dirname, '../docs/openapi.json'), 'utf8'));

const plain = (version: string) => JSON.parse(JSON.stringify(openApiDocument(version)));

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();

    expect(await validator.validate(plain('1.2.3'))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('keeps every promise of the last release', () => {
    expect(breakingChanges(released, plain(released.info.version))).toEqual([]);
  });

  it('refers only to schemas that it has', () => {
    const document = plain('1');
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);

    expect(names.filter((name) => !(name! in document.components.schemas))).toEqual([]);
  });

  it('has only promises within each schema: what is required is described', () => {
    const schemas = Object.values(plain('1').components.schemas) as { required: string[]; properties: object }[];

    expect(schemas.flatMap(({ required, properties }) => required.filter((name) => !(name in properties)))).toEqual([]);
  });
});

describe('a breaking change', () => {
  type Document = ReturnType<typeof plain>;

  it.each<[what: string, change: (document: Document) => unknown, found: string]>([
    ['a path that is gone', (it) => delete it.paths['/v1/jobs/{id}'], 'GET /v1/jobs/{id} is gone'],
    [
      'an answer that is gone',
      (it) => delete it.paths['/v1/jobs'].post.responses[201],
      'POST /v1/jobs no longer answers 201',
    ],
    [
      'a type of body that is not taken any more',
      (it) => delete it.paths['/v1/jobs'].post.requestBody.content['application/x-ndjson'],
      'POST /v1/jobs request no longer has application/x-ndjson',
    ],
    [
      'a field that is not taken any more',
      (it) => delete it.components.schemas.NewJob.properties.delay,
      'has no delay',
    ],
    ['a field that is demanded', (it) => it.components.schemas.NewJob.required.push('queue'), 'demands queue'],
    ['a field that is not promised', (it) => it.components.schemas.TakenJob.required.pop(), 'no longer promises state'],
    [
      'another type',
      (it) => (it.components.schemas.NewJob.properties.delay.type = 'integer'),
      'delay has another type',
    ],
    [
      'a word more in an answer',
      (it) => it.components.schemas.Job.properties.state.enum.push('lost'),
      'state may be lost',
    ],
    [
      'a parameter that is demanded',
      (it) => (it.paths['/v1/jobs'].post.parameters[0].required = true),
      'demands the parameter',
    ],
  ])('is %s', (_what, change, found) => {
    const document = plain('1');
    change(document);

    expect(breakingChanges(plain('1'), document).join('\n')).toContain(found);
  });

  it('is not a field more that nobody must give', () => {
    const document = plain('1');
    document.components.schemas.NewJob.properties.colour = { type: 'string' };
    document.components.schemas.Job.properties.colour = { type: 'string' };

    expect(breakingChanges(plain('1'), document)).toEqual([]);
  });
});
