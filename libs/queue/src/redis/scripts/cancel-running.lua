#!lua flags=allow-oom
-- cancel-running: no move
-- Asks for the end of a job that a worker holds. From here on it does not run again: unless this very run completes it, the
-- script that ends the run (fail, release, leave, reap) finds the request and the job is dead with the reason "cancelled".
--
-- KEYS[1] processing  ZSET  job id by claim number: what that worker holds
-- KEYS[2] cancels     HASH  id -> claim number, trail entry: what that worker is asked to end
-- KEYS[3] nudge       LIST  at most one token: that worker should look
-- ARGV[1] id
-- ARGV[2] claim number
-- ARGV[3] trail entry  JSON without its start, which is the time
-- RETURNS "requested", or "moved": that worker does not hold this claim (any longer)
-- ATOMICITY the claim is checked before the first write
local processing, cancels, nudge = KEYS[1], KEYS[2], KEYS[3]
local id, number, entry = ARGV[1], ARGV[2], ARGV[3]
local held = redis.call('ZSCORE', processing, id)
if not held or tonumber(held) ~= tonumber(number) then return 'moved' end
redis.call('HSET', cancels, id, number .. ' ' .. entry)
if redis.call('LLEN', nudge) == 0 then redis.call('LPUSH', nudge, 1) end
redis.call('PEXPIRE', nudge, 60000)
return 'requested'
