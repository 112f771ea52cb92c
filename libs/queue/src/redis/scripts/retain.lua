#!lua flags=allow-oom
-- retain: completed -> gone
-- Forgets completed jobs that are older than they are kept for.
--
-- KEYS[1] completed  LIST  ids, oldest right
-- KEYS[2] outcome    HASH  id -> outcome
-- KEYS[3] jobs       HASH  id -> record
-- KEYS[4] history    HASH  id -> history
-- ARGV[1] kept for, ms
-- ARGV[2] most jobs looked at
-- RETURNS jobs forgotten
-- ATOMICITY record, outcome and history go first, the place last: a job without a place is never left
local time = redis.call('TIME')
local oldest = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
local ids, old = redis.call('LRANGE', KEYS[1], -tonumber(ARGV[2]), -1), {}
for index = #ids, 1, -1 do
  local finished = tonumber(string.match(redis.call('HGET', KEYS[2], ids[index]) or '', '^%d+') or 0)
  if finished > oldest then break end
  old[#old + 1] = ids[index]
end
if #old == 0 then return 0 end
redis.call('HDEL', KEYS[3], unpack(old))
redis.call('HDEL', KEYS[2], unpack(old))
redis.call('HDEL', KEYS[4], unpack(old))
redis.call('RPOP', KEYS[1], #old)
return #old
