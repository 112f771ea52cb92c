import type { RedisFacts } from './overview.js';

/** Reads the sections `server` and `memory` of INFO. */
export function readRedisFacts(info: string): RedisFacts {
  const fields = new Map(info.split(/\r?\n/).map((line) => split(line)));
  return {
    version: fields.get('valkey_version') ?? fields.get('redis_version') ?? '',
    usedMemoryBytes: Number(fields.get('used_memory') ?? 0),
    maxMemoryBytes: Number(fields.get('maxmemory') ?? 0),
    evictionPolicy: fields.get('maxmemory_policy') ?? '',
  };
}

/** The one with the largest share of its memory in use; without limits, with the most. @param all - at least one */
export function fullestOf(all: readonly RedisFacts[]): RedisFacts {
  const fullness = ({ usedMemoryBytes, maxMemoryBytes }: RedisFacts) => usedMemoryBytes / (maxMemoryBytes || Infinity);
  return all.reduce((fullest, facts) => {
    const difference = fullness(facts) - fullness(fullest) || facts.usedMemoryBytes - fullest.usedMemoryBytes;
    return difference > 0 ? facts : fullest;
  });
}

function split(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
}
