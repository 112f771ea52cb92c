#!lua flags=no-writes
-- list-groups: no move
-- The dead letter queue by group, from the index: some look-ups a group, whatever the number of jobs (ADR 0012).
--
-- KEYS[1] dead      ZSET  id by died at, ms
-- KEYS[2] groups    ZSET  group, died at, id: the dead in lexical order
-- KEYS[3] failures  HASH  fingerprint -> counts and error
-- KEYS[4] history   HASH  id -> history
-- ARGV[1] after     the last group seen; empty: from the start
-- ARGV[2] limit     how many groups
-- RETURNS {dead jobs, entries of the index, rows}: {group, count, first entry, last entry, error or false,
--         history of the last or false}
-- ATOMICITY one look; writes nothing
local dead, groups, failures, history = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local after, limit = ARGV[1], tonumber(ARGV[2])

local from, rows = after == '' and '-' or '(' .. after .. ' \255', {}
while #rows < limit do
  local first = redis.call('ZRANGE', groups, from, '+', 'BYLEX', 'LIMIT', 0, 1)[1]
  if not first then break end
  local group = string.match(first, '^[^ ]*')
  local low, high = '[' .. group .. ' ', '(' .. group .. ' \255'
  local last = redis.call('ZRANGE', groups, high, low, 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
  local id = string.match(last, '^[^ ]* %d+ (.*)$') or ''
  rows[#rows + 1] = {
    group,
    redis.call('ZLEXCOUNT', groups, low, high),
    first,
    last,
    redis.call('HGET', failures, group),
    redis.call('HGET', history, id),
  }
  from = high
end
return { redis.call('ZCARD', dead), redis.call('ZCARD', groups), rows }
