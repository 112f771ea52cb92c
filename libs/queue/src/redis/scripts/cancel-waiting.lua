#!lua flags=allow-oom
-- cancel-waiting: ready -> dead, scheduled -> dead
-- Takes one waiting job out: it is dead with the reason "cancelled", and who cancelled it stands in its trail.
--
-- KEYS[1] ready      LIST  ids of its queue
-- KEYS[2] scheduled  ZSET  id by due time, ms
-- KEYS[3] history    HASH  id -> history
-- KEYS[4] dead       ZSET  id by died at, ms
-- KEYS[5] groups     ZSET  group, died at, id: the dead in lexical order
-- KEYS[6] quarantine LIST  ids of its queue that are to run alone
-- KEYS[7] parked     LIST  ids of its queue and kind that wait for a breaker
-- ARGV[1] id
-- ARGV[2] trail entry  JSON without its start, which is the time
-- RETURNS "cancelled", or "moved": it waits in none of the four (any longer)
-- ATOMICITY its place is checked before the first write; history, destination, source
local ready, scheduled, history, dead, groups = unpack(KEYS, 1, 5)
local id, entry = ARGV[1], ARGV[2]
local isScheduled = redis.call('ZSCORE', scheduled, id)
local list, at
for _, place in ipairs({ KEYS[6], KEYS[7], ready }) do
  if not isScheduled and not at then list, at = place, redis.call('LPOS', place, id) end
end
if not isScheduled and not at then return 'moved' end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local known = redis.call('HGET', history, id) or ''
local counters, trail = string.match(known, '^1 %d+ %S+ (%d+ %d+ %d+ %d+)\n%[(.*)%]$')
trail = (trail and trail ~= '') and trail .. ',' or ''
redis.call('HSET', history, id, string.format('1 %s cancelled %s\n[%s{"atMs":%s,%s]', now, counters or '0 0 0 0', trail, now, entry))
-- the index of the dead by group (ADR 0012): such an entry names no error, so its group is the reason
redis.call('ZADD', groups, 0, string.format('cancelled %015.0f %s', tonumber(now), id))
redis.call('ZADD', dead, now, id)
if isScheduled then
  redis.call('ZREM', scheduled, id)
else
  -- from the nearer end, and an empty text is told from an id by its length
  redis.call('LSET', list, at, '')
  redis.call('LREM', list, 2 * at < redis.call('LLEN', list) and 1 or -1, '')
end
return 'cancelled'
