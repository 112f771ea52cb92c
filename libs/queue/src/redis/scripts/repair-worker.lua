#!lua flags=allow-oom
-- repair-worker: no move
-- Ends a worker id that nobody knows: with jobs it is revoked, so that the next sweep of any worker takes them back in
-- the usual way; without, what it said of itself is forgotten.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline, ms
-- KEYS[2] revoked     ZSET  worker id by revoked at, ms
-- KEYS[3] processing  ZSET  job id by claim number: what it holds
-- KEYS[4] worker      HASH  what it said of itself
-- ARGV[1] worker id
-- RETURNS repaired | changed (it is known: nothing was written)
-- ATOMICITY the check comes first; one write
local workers, revoked, processing, worker = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
if redis.call('ZSCORE', workers, ARGV[1]) or redis.call('ZSCORE', revoked, ARGV[1]) then return 'changed' end
if redis.call('ZCARD', processing) == 0 then
  return redis.call('DEL', worker) == 1 and 'repaired' or 'changed'
end
local time = redis.call('TIME')
redis.call('ZADD', revoked, string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), ARGV[1])
return 'repaired'
