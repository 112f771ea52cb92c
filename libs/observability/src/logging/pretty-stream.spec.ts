import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PrettyStream } from './pretty-stream.js';

const line = { level: 'warn', ts: '2026-01-02T03:04:05.678Z', app: 'worker', version: '1' };

function shown(fields: object): string {
  let text = '';
  new PrettyStream({ write: (more) => (text += more) }).write(JSON.stringify({ ...line, ...fields }));
  return stripVTControlCharacters(text);
}

describe('PrettyStream', () => {
  it('shows time, level, message and fields', () => {
    expect(shown({ msg: 'job failed', queue: 'low', attempt: 2 })).toBe(
      '03:04:05.678 WARN  job failed queue=low attempt=2\n',
    );
  });

  it('shows stack and causes below', () => {
    const err = {
      type: 'Error',
      message: 'a',
      stack: 'Error: a\n    at f',
      cause: { type: 'TypeError', message: 'b' },
    };

    const rows = ['03:04:05.678 WARN  m', '    Error: a', '    at f', '    caused by:', '    TypeError: b', ''];
    expect(shown({ msg: 'm', err })).toBe(rows.join('\n'));
  });

  it('escapes what could move the cursor, in message, fields and stack', () => {
    const text = shown({
      msg: 'a\u001b[2Jb\nc',
      job_id: '\u009b1A',
      err: { type: 'E', message: 'm', stack: 'E: \u0007\u202e' },
    });

    expect(text).toContain('a\\u001b[2Jb\\u000ac job_id=\\u009b1A');
    expect(text).toContain('E: \\u0007\\u202e');
  });
});
