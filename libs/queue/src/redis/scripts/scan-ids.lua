#!lua flags=no-writes
-- scan-ids: no move
-- A step through the ids of a hash or sorted set, and which of them have no record. What is there from the first step to
-- the last is named at least once.
--
-- KEYS[1] place  HASH or ZSET by id; or the records themselves
-- KEYS[2] jobs   HASH  id -> record
-- ARGV[1] command  HSCAN | ZSCAN
-- ARGV[2] cursor   0 at first
-- ARGV[3] count    about how many ids, <= 500
-- RETURNS {next cursor or 0, ids, first line of the value or the score of each, positions (from 1) of those without a record}
-- ATOMICITY one look; writes nothing
local place, jobs = KEYS[1], KEYS[2]
local cursor, found = unpack(redis.call(ARGV[1], place, ARGV[2], 'COUNT', ARGV[3]))
local ids, lines, missing = {}, {}, {}
for at = 1, #found, 2 do
  ids[#ids + 1] = found[at]
  lines[#lines + 1] = string.match(string.sub(found[at + 1], 1, 512), '^[^\n]*')
  if place ~= jobs and redis.call('HEXISTS', jobs, found[at]) == 0 then missing[#missing + 1] = #ids end
end
return { cursor, ids, lines, missing }
