#!lua flags=no-writes
-- read-tokens: no move
-- Whether each queue with claimable work has its token, and how far the claims are.
--
-- KEYS[1] control  HASH  last claim number
-- KEYS[2] paused   HASH  queue -> pause
-- KEYS[3..] ready, wake  LIST, LIST  one pair a queue
-- ARGV[1..] queue
-- RETURNS last claim number or "", then one word a queue: token | missing | idle (paused or empty)
-- ATOMICITY one look; writes nothing
local reply = { redis.call('HGET', KEYS[1], 'claim') or '' }
for at, queue in ipairs(ARGV) do
  local ready, wake = KEYS[1 + 2 * at], KEYS[2 + 2 * at]
  local isIdle = redis.call('LLEN', ready) == 0 or redis.call('HEXISTS', KEYS[2], queue) == 1
  reply[at + 1] = isIdle and 'idle' or redis.call('LLEN', wake) > 0 and 'token' or 'missing'
end
return reply
