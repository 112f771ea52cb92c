import type { JobCounters } from '../src/job/job.js';
import type { ScriptConnection } from '../src/redis/redis-connections.js';
import { decodeHistory } from '../src/job/job-history.js';
import { decodeHeader } from '../src/job/job-codec.js';

type Client = ScriptConnection['client'];

/** One partition, in a form that two can be compared in: container or table → its content. */
export type PartitionState = Record<string, unknown>;

/** What Redis holds under a prefix at one instant. */
export interface StoredState {
  readonly nowMs: number;
  readonly states: readonly PartitionState[];
  /** Per partition: the lists that hold a token, as `wake:<queue>` and `wake-timer:<queue>`. */
  readonly tokens: readonly ReadonlySet<string>[];
}

const LOOK = `
local time = redis.call('TIME')
local found = { time[1] * 1000 + math.floor(time[2] / 1000) }
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local kind, content = redis.call('TYPE', key).ok
  if kind == 'string' then content = redis.call('GET', key)
  elseif kind == 'list' then content = redis.call('LRANGE', key, 0, -1)
  elseif kind == 'zset' then content = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  else content = redis.call('HGETALL', key) end
  found[#found + 1] = { key, content }
end
return found`;

const ELAPSE = `
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local name, ms = string.match(key, '}:([^:]+)'), tonumber(ARGV[2])
  if name == 'workers' or name == 'scheduled' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ms, member) end
  elseif name == 'unique' then
    redis.call('PEXPIRE', key, redis.call('PTTL', key) - ms)
  elseif name == 'control' then
    for _, field in ipairs({ 'sweep', 'amnesty' }) do
      local at = redis.call('HGET', key, field)
      if at then redis.call('HSET', key, field, string.format('%.0f', at - ms)) end
    end
  end
end`;

const FORGET = `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('UNLINK', key) end`;

/** Every key of a prefix. */
const allOf = (prefix: string) => `{${prefix}:*`;

/** Moves every stored point in time back: for the scripts, time has passed. */
export async function elapse(client: Client, prefix: string, ms: number): Promise<void> {
  await client.eval(ELAPSE, 0, allOf(prefix), ms);
}

/** Deletes a prefix. */
export async function forget(client: Client, prefix: string): Promise<void> {
  await client.eval(FORGET, 0, allOf(prefix));
}

/** Everything under a prefix, read in one script. */
export async function look(client: Client, prefix: string, partitions: number): Promise<StoredState> {
  const [nowMs, ...found] = (await client.eval(LOOK, 0, allOf(prefix))) as [number, ...Found[]];
  const states = Array.from({ length: partitions }, (): PartitionState => ({}));
  const tokens = Array.from({ length: partitions }, () => new Set<string>());
  for (const [key, content] of found) {
    const [, partition, name = ''] = /:(\d+)\}:(.*)$/.exec(key) ?? [];
    const room = name.split(':')[0] ?? '';
    if (room === 'wake' || room === 'wake-timer')
      tokens[Number(partition)]?.add(content.length > 1 ? `${name}, twice` : name);
    const read = READERS[room];
    if (read) Object.assign(states[Number(partition)] ?? {}, filled(name, read(content)));
  }
  return { nowMs, states, tokens };
}

type Found = [key: string, content: string[]];

const asIs = (content: unknown) => content;
const scores = (content: string[]) => Object.fromEntries(pairs(content).map(([id, score]) => [id, Number(score)]));
const names = (content: string[]) =>
  pairs(content)
    .map(([id]) => id)
    .toSorted();

/** What is compared. The rest (control, failures, producers) is only seen through what scripts answer. */
const READERS: Readonly<Record<string, (content: string[]) => unknown>> = {
  ready: asIs,
  quarantine: asIs,
  completed: asIs,
  unique: asIs,
  scheduled: scores,
  processing: scores,
  dead: scores,
  'dead-groups': (content) => Object.fromEntries(pairs(content).map(([entry]) => deathIn(entry))),
  workers: scores,
  revoked: names,
  paused: names,
  outcome: names,
  worker: () => true,
  jobs: (content) => Object.fromEntries(pairs(content).map(([id, record]) => [id, decodeHeader(record)?.queue])),
  history: (content) =>
    Object.fromEntries(pairs(content).flatMap(([id, text]) => pastOf(id, { reason: '-', ...decodeHistory(text) }))),
};

/** An entry of the index is `<group> <died at> <id>`. */
function deathIn(entry: string): [id: string, diedAtMs: number] {
  const [, diedAt = '', id = ''] = entry.split(' ');
  return [id, Number(diedAt)];
}

/** A container or table, unless it is empty: an empty one does not exist. */
export function filled(name: string, content: unknown): PartitionState {
  return typeof content === 'object' && content !== null && Object.keys(content).length === 0
    ? {}
    : { [name]: content };
}

/** The counters of a job as one text; none for a job without a past. */
export function pastOf(id: string, past: JobCounters & { readonly reason: string }): [id: string, past: string][] {
  const { reason, attempts, crashes, interruptions, snoozes } = past;
  const text = [reason, attempts, crashes, interruptions, snoozes].join(' ');
  return text === '- 0 0 0 0' ? [] : [[id, text]];
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((field, at) => (at % 2 === 0 ? [[field, flat[at + 1] ?? '']] : []));
}
