#!lua flags=no-writes
-- read-pauses: no move
-- The paused queues of a partition, and the time that decides when a timed pause is over.
--
-- KEYS[1] paused  HASH  queue -> why
-- RETURNS {now ms, paused as field, value}
-- ATOMICITY one look; writes nothing
local paused = KEYS[1]

local time = redis.call('TIME')
return { time[1] * 1000 + math.floor(time[2] / 1000), redis.call('HGETALL', paused) }
