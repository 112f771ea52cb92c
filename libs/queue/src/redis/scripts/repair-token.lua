#!lua flags=allow-oom
-- repair-token: no move
-- Leaves a token for a queue that has claimable work and none.
--
-- KEYS[1] paused  HASH  queue -> pause
-- KEYS[2] ready   LIST  ids
-- KEYS[3] wake    LIST  at most one token
-- ARGV[1] queue
-- RETURNS repaired | changed (paused, empty, or it has one)
-- ATOMICITY every check comes first
local paused, ready, wake = KEYS[1], KEYS[2], KEYS[3]
if redis.call('LLEN', ready) == 0 or redis.call('HEXISTS', paused, ARGV[1]) == 1 or redis.call('LLEN', wake) > 0 then return 'changed' end
redis.call('LPUSH', wake, 1)
return 'repaired'
