#!lua flags=allow-oom
-- purge-scheduled: scheduled -> gone
-- Forgets jobs that wait for their time. Unique keys live on for their window.
--
-- KEYS[1] scheduled  ZSET  id by due time, ms
-- KEYS[2] jobs       HASH  id -> record
-- KEYS[3] history    HASH  id -> history
-- ARGV[1..] id  <= 500
-- RETURNS how many were forgotten: those that wait no longer are left alone
-- ATOMICITY a job is forgotten only when it was found there; record, history, then its place
local scheduled, jobs, history = KEYS[1], KEYS[2], KEYS[3]

local count = 0
for _, id in ipairs(ARGV) do
  if redis.call('ZSCORE', scheduled, id) then
    redis.call('HDEL', jobs, id)
    redis.call('HDEL', history, id)
    redis.call('ZREM', scheduled, id)
    count = count + 1
  end
end
return count
