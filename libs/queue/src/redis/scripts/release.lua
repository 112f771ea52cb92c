#!lua flags=allow-oom
-- release: processing -> ready, processing -> dead
-- Hands jobs back, unharmed, to the front of the queues they came from; counts one interruption each. One that somebody asked
-- to end is dead in place of that.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] history     HASH  id -> history
-- KEYS[4] paused      HASH  queue -> pause
-- KEYS[5] cancels     HASH  id -> claim number, trail entry: what the caller is asked to end
-- KEYS[6] dead        ZSET  id by died at, ms
-- KEYS[7] groups      ZSET  group, died at, id: the dead in lexical order
-- KEYS[8..] ready, wake  one pair a queue served
-- ARGV[1] worker id
-- ARGV[2] number of queues, then their names
-- ARGV[..] id, claim number, queue index  one row a job
-- RETURNS "LOST", or: now ms, rows not held (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; history, destination, source
local workers, processing, history, paused, cancels, dead, groups = unpack(KEYS, 1, 7)
local queues = tonumber(ARGV[2])
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local hasCancels = redis.call('EXISTS', cancels) == 1

-- a cancel that was asked for while the job ran: dead in place of whatever else would come
local function cancelled(id, number, past)
  local request = hasCancels and redis.call('HGET', cancels, id)
  local asked, entry = string.match(request or '', '^(%d+) (.*)$')
  if not asked or tonumber(asked) ~= tonumber(number) then return nil end
  local counters, trail = string.match(past, '^%S+ (%d+ %d+ %d+ %d+)\n%[(.*)%]$')
  trail = (trail and trail ~= '') and trail .. ',' or ''
  return string.format('cancelled %s\n[%s{"atMs":%s,%s]', counters or '0 0 0 0', trail, nowText, entry)
end

local gone, row = {}, 0
for at = 3 + queues, #ARGV, 3 do
  local id, number, queue = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local held = redis.call('ZSCORE', processing, id)
  row = row + 1
  if not held or tonumber(held) ~= tonumber(number) then
    gone[#gone + 1] = row
  else
    local kept, interruptions, rest = string.match(redis.call('HGET', history, id) or '', '^1 %d+ (%S+ %d+ %d+) (%d+)(.*)$')
    local past = kept and string.format('%s %.0f%s', kept, interruptions + 1, rest) or '- 0 0 1 0\n[]'
    local ready, wake = KEYS[6 + 2 * queue], KEYS[7 + 2 * queue]
    local ending = cancelled(id, number, past)
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. (ending or past))
    if ending then
      -- the index of the dead by group (ADR 0012): such an entry names no error, so its group is the reason
      redis.call('ZADD', groups, 0, string.format('cancelled %015.0f %s', tonumber(nowText), id))
      redis.call('ZADD', dead, nowText, id)
    else
      redis.call('RPUSH', ready, id)
    end
    redis.call('ZREM', processing, id)
    local needsWake = not ending and redis.call('HEXISTS', paused, ARGV[2 + queue]) == 0
    if needsWake and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
  end
end
return { nowText, gone }
