#!lua
-- bench-enqueue: new -> ready
-- Stores jobs of a benchmark at the back of their queue, as `enqueue` does, and says when to the microsecond. A call
-- whose reply is lost is not sent again: the benchmark is void then.
--
-- KEYS[1] jobs    HASH  id -> record
-- KEYS[2] paused  HASH  queue -> pause
-- KEYS[3] ready   LIST  ids
-- KEYS[4] wake    LIST  at most one token
-- ARGV[1] queue
-- ARGV[2] most ready jobs the queue may hold; 0: no limit
-- ARGV[3] record tail, of each
-- ARGV[4..] id  one a job
-- RETURNS stored | paused | full, now µs. In the last two cases nothing was written
-- ATOMICITY both checks come first; records, then places
local jobs, paused, ready, wake = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local queue, most, tail = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local micros = string.format('%.0f', time[1] * 1000000 + time[2])
if redis.call('HEXISTS', paused, queue) == 1 then return { 'paused', micros } end
local count = #ARGV - 3
if most > 0 and redis.call('LLEN', ready) + count > most then return { 'full', micros } end

local record = string.format('1 %.0f %s', time[1] * 1000 + math.floor(time[2] / 1000), tail)
for at = 4, #ARGV do redis.call('HSET', jobs, ARGV[at], record) end
local length = redis.call('LPUSH', ready, unpack(ARGV, 4))
if length == count and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
return { 'stored', micros }
