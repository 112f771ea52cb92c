#!lua flags=allow-oom
-- leave: processing -> ready, processing -> dead
-- The end of an incarnation: everything Redis holds for it goes to the front of its queue, then its registration goes.
-- One interruption each. A record that names none of the queues served cannot run here or there: dead, with its bytes. Dead too
-- is what somebody asked to end.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] worker      HASH  what the caller said of itself
-- KEYS[4] jobs        HASH  id -> record
-- KEYS[5] history     HASH  id -> history
-- KEYS[6] dead        ZSET  id by died at, ms
-- KEYS[7] paused      HASH  queue -> pause
-- KEYS[8] groups      ZSET  group, died at, id: the dead in lexical order
-- KEYS[9] cancels     HASH  id -> claim number, trail entry: what the caller is asked to end
-- KEYS[10..] ready, scheduled, wake, timer  one group a queue served
-- ARGV[1] worker id, then the names of the queues
-- RETURNS "LOST" (somebody else settles what it held: done), or: now ms, the ids given back
-- ATOMICITY one script from registration to registration gone: no processing set is left behind; history, destination, source
local workers, processing, worker, jobs, history, dead, paused, groups, cancels = unpack(KEYS, 1, 9)
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local hasCancels = redis.call('EXISTS', cancels) == 1

-- the index of the dead by group (ADR 0012): the fingerprint of the last trouble, else the reason
local function group_entry(past, died_at, id)
  local last = string.match(past, '^.*"atMs":(.*)$') or ''
  local group = string.match(last, '"fingerprint":"([^"]*)"') or string.match(past, '^%S+') or '-'
  return string.format('%s %015.0f %s', group, tonumber(died_at), id)
end

-- a cancel that was asked for while the job ran: dead in place of whatever else would come
local function cancelled(id, number, past)
  local request = hasCancels and redis.call('HGET', cancels, id)
  local asked, entry = string.match(request or '', '^(%d+) (.*)$')
  if not asked or tonumber(asked) ~= tonumber(number) then return nil end
  local counters, trail = string.match(past, '^%S+ (%d+ %d+ %d+ %d+)\n%[(.*)%]$')
  trail = (trail and trail ~= '') and trail .. ',' or ''
  return string.format('cancelled %s\n[%s{"atMs":%s,%s]', counters or '0 0 0 0', trail, nowText, entry)
end

local group = {}
for queue = 1, #ARGV - 1 do group[ARGV[queue + 1]] = 4 * queue + 6 end

local ids = redis.call('ZREVRANGE', processing, 0, -1)
for _, id in ipairs(ids) do
  local kept, interruptions, rest = string.match(redis.call('HGET', history, id) or '', '^1 %d+ (%S+ %d+ %d+) (%d+)(.*)$')
  local past = kept and string.format('%s %.0f%s', kept, interruptions + 1, rest) or '- 0 0 1 0\n[]'
  local record = redis.call('HGET', jobs, id)
  local home = group[string.match(record or '', '^%d+ %d+ (%S+) ')]
  local ending = hasCancels and cancelled(id, redis.call('ZSCORE', processing, id), past)
  if home and not ending then
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
    redis.call('RPUSH', KEYS[home], id)
  else
    local reason = record and 'malformed-record' or 'record-missing'
    past = ending or string.gsub(past, '^%S+', reason, 1)
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
    redis.call('ZADD', groups, 0, group_entry(past, nowText, id))
    redis.call('ZADD', dead, nowText, id)
  end
  redis.call('ZREM', processing, id)
end
redis.call('ZREM', workers, ARGV[1])
redis.call('DEL', worker, cancels)

for queue = 1, #ARGV - 1 do
  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue + 6, 4 * queue + 9)
  local isPaused = redis.call('HEXISTS', paused, ARGV[queue + 1]) == 1
  if not isPaused and redis.call('LLEN', ready) > 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
  if redis.call('ZCARD', scheduled) > 0 and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end
end
return { nowText, ids }
