#!lua flags=allow-oom
-- sweep: no move
-- First write of a reap: revokes every worker whose lease is over, so that from here on each of its calls is LOST.
-- A sweep that comes late grants an amnesty: an outage must not cost a worker that renews its lease.
--
-- KEYS[1] workers  ZSET  worker id by lease deadline
-- KEYS[2] revoked  ZSET  worker id by revoked at: its jobs are being taken back
-- KEYS[3] control  HASH  last sweep, amnesty
-- ARGV[1] lease, ms
-- ARGV[2] most workers revoked, and most named, by one call
-- RETURNS now ms, amnesty until ms (0: none begins now), newly revoked, all revoked (two lists, oldest first)
-- ATOMICITY revoked before removed from the workers; the sweep time is written with the amnesty it decides
local workers, revoked, control = KEYS[1], KEYS[2], KEYS[3]
local lease, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)
local facts = redis.call('HMGET', control, 'sweep', 'amnesty')
local last, amnesty, begins = tonumber(facts[1] or 0), tonumber(facts[2] or 0), '0'

if now - last > lease / 2 or last > now then
  amnesty = now + lease
  begins = string.format('%.0f', amnesty)
  for _, id in ipairs(redis.call('ZRANGE', workers, '(' .. begins, '+inf', 'BYSCORE')) do redis.call('ZADD', workers, begins, id) end
  redis.call('HSET', control, 'amnesty', begins)
end
redis.call('HSET', control, 'sweep', nowText)

local over = {}
if now >= amnesty then
  over = redis.call('ZRANGE', workers, '-inf', '(' .. nowText, 'BYSCORE', 'LIMIT', 0, most)
  for _, id in ipairs(over) do
    redis.call('ZADD', revoked, nowText, id)
    redis.call('ZREM', workers, id)
  end
end
return { nowText, begins, over, redis.call('ZRANGE', revoked, 0, most - 1) }
