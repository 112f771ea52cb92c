#!lua flags=no-writes
-- count-dead: no move
-- How many jobs are dead, and how many of them for so long.
--
-- KEYS[1] dead  ZSET  id by died at, ms
-- ARGV[1] age   ms
-- RETURNS {died at of the youngest that may count, ms, all dead, those that count}
-- ATOMICITY one look; writes nothing
local dead, age = KEYS[1], tonumber(ARGV[1])

local time = redis.call('TIME')
local newest = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - age)
return { newest, redis.call('ZCARD', dead), redis.call('ZCOUNT', dead, '-inf', newest) }
