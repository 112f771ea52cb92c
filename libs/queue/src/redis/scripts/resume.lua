#!lua flags=allow-oom
-- resume: no move
-- Allows claims from one queue again and wakes a worker for what waits there (docs/architecture.md, rules 23 and 26).
--
-- KEYS[1] paused     HASH  queue -> why
-- KEYS[2] ready      LIST
-- KEYS[3] scheduled  ZSET  id by due time, ms
-- KEYS[4] wake       LIST  at most one token
-- KEYS[5] timer      LIST  at most one token
-- ARGV[1] queue
-- ARGV[2] seen       the pause this is about, its stored text; empty: whatever is there
-- RETURNS resumed | not-paused | changed (by now it is another pause: it stays)
-- ATOMICITY checks first; the tokens are there before the pause goes
local paused, ready, scheduled, wake, timer = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local queue, seen = ARGV[1], ARGV[2]

local why = redis.call('HGET', paused, queue)
if not why then return 'not-paused' end
if seen ~= '' and seen ~= why then return 'changed' end

if redis.call('LLEN', ready) > 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
if redis.call('ZCARD', scheduled) > 0 and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end
redis.call('HDEL', paused, queue)
return 'resumed'
