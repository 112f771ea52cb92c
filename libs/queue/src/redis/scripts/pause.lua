#!lua flags=allow-oom
-- pause: no move
-- Stops claims from one queue. A second pause replaces the first one.
--
-- KEYS[1] paused  HASH  queue -> why
-- ARGV[1] queue
-- ARGV[2] why     JSON text with reason, by and until
-- RETURNS paused | replaced
-- ATOMICITY one write
local paused = KEYS[1]
local queue, why = ARGV[1], ARGV[2]

if redis.call('HSET', paused, queue, why) == 1 then return 'paused' end
return 'replaced'
