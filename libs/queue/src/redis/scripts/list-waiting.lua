#!lua flags=no-writes
-- list-waiting: no move
-- A part of the waiting jobs of one queue, the last to run first: what is claimed or promoted meanwhile shifts nothing.
--
-- KEYS[1] place  LIST or ZSET  ready: ids, the next to run right; scheduled: id by due time, ms
-- KEYS[2] jobs   HASH  id -> record
-- ARGV[1] kind   ready or scheduled
-- ARGV[2] from   how many of the last to run are left out
-- ARGV[3] limit  how many, <= 500
-- ARGV[4] most   bytes of records read; one is read whatever its size
-- RETURNS {now ms, length of the place, rows}: {id, first line of its record or false}
-- ATOMICITY one look; writes nothing
local place, jobs = KEYS[1], KEYS[2]
local from, limit, room = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local length, ids
if ARGV[1] == 'ready' then
  length, ids = redis.call('LLEN', place), redis.call('LRANGE', place, from, from + limit - 1)
else
  length, ids = redis.call('ZCARD', place), redis.call('ZRANGE', place, from, from + limit - 1, 'REV')
end
local rows = {}
for _, id in ipairs(ids) do
  room = room - redis.call('HSTRLEN', jobs, id)
  if room < 0 and #rows > 0 then break end
  local record = redis.call('HGET', jobs, id)
  rows[#rows + 1] = { id, record and string.match(string.sub(record, 1, 512), '^[^\n]*') }
end
return { now, length, rows }
