#!lua flags=no-writes
-- scan-list: no move
-- A part of a list of ids, and which of them have no record.
--
-- KEYS[1] list  LIST  ids
-- KEYS[2] jobs  HASH  id -> record
-- ARGV[1] from   position, 0 is the left end
-- ARGV[2] count  how many ids, <= 500
-- RETURNS {ids, positions (from 1) of those without a record}
-- ATOMICITY one look; writes nothing
local list, jobs = KEYS[1], KEYS[2]
local from, missing = tonumber(ARGV[1]), {}
local ids = redis.call('LRANGE', list, from, from + tonumber(ARGV[2]) - 1)
for at, id in ipairs(ids) do
  if redis.call('HEXISTS', jobs, id) == 0 then missing[#missing + 1] = at end
end
return { ids, missing }
