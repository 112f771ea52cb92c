#!lua flags=allow-oom
-- bench-withdraw: ready -> gone, scheduled -> gone
-- The end of a benchmark: takes its waiting jobs back. One that a worker holds is not touched, that worker ends it; one
-- that lies deeper than a call may look is dropped by the worker that claims it, after its deadline.
--
-- KEYS[1] jobs       HASH  id -> record
-- KEYS[2] history    HASH  id -> history
-- KEYS[3] ready      LIST  ids
-- KEYS[4] scheduled  ZSET  id by due time, ms: a worker that was lost brings jobs here
-- KEYS[5] answers    LIST  of this benchmark
-- ARGV[1] depth      ids of the list looked at for one job
-- ARGV[2..] id       newest first, <= 100
-- RETURNS how many were taken back
-- ATOMICITY each job is taken from its place and forgotten in one step
local jobs, history, ready, scheduled, answers = unpack(KEYS, 1, 5)
local taken = 0
for at = 2, #ARGV do
  local id = ARGV[at]
  local isWaiting = redis.call('ZREM', scheduled, id) == 1
  if not isWaiting and redis.call('LPOS', ready, id, 'MAXLEN', ARGV[1]) then
    isWaiting = redis.call('LREM', ready, 1, id) == 1
  end
  if isWaiting then
    redis.call('HDEL', jobs, id)
    redis.call('HDEL', history, id)
    taken = taken + 1
  end
end
redis.call('DEL', answers)
return taken
