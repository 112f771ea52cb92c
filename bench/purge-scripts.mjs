// Which script a SLOWLOG entry is about: Redis knows scripts by the SHA-1 of their text.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../libs/queue/src/redis/scripts/', import.meta.url);

/** SHA-1 → name of the script. */
export const SCRIPTS_BY_SHA = new Map(
  readdirSync(folder).map((file) => {
    const lua = readFileSync(new URL(file, folder));
    return [createHash('sha1').update(lua).digest('hex'), file.replace('.lua', '')];
  }),
);
