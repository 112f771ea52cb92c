#!lua
-- enqueue: new -> ready, new -> scheduled
-- Stores a batch of jobs of one producer, once, however often the batch is sent. Refused as a whole when Redis is full.
--
-- KEYS[1] producer  HASH  sequence number -> answer, of at least its last 32 batches; newest; when its expiry was set, ms
-- KEYS[2] jobs      HASH  id -> record; the first line of a job for later says when it is due
-- KEYS[3] paused    HASH  queue -> pause
-- KEYS[4..] ready, scheduled, wake, timer  one group a queue of the batch; after the groups one unique key a job that has one
-- ARGV[1] sequence number of the batch
-- ARGV[2] most ready jobs a queue may hold; 0: no limit
-- ARGV[3] unique window, ms
-- ARGV[4] number of queues, then their names
-- ARGV[..] the row of each unique key, counted from 1 over all runs
-- ARGV[..] queue index, when (0: now, +ms: from now, ms: at), n, then n rows of id, record tail
--          one run of jobs that share queue and time after another
-- RETURNS answer, now ms. The answer is "stored" (every job), "stale" (sequence older than the kept ones; nothing
--         written), or one word a job, by comma: "stored", "full", "duplicate <id of the first>"
-- ATOMICITY each job is checked before its record is written; records, then containers, then unique keys
local producer, jobs, paused = KEYS[1], KEYS[2], KEYS[3]
local sequence, maxLength, window, queues = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)
local start = '1 ' .. nowText .. ' '

local seen = redis.call('HMGET', producer, sequence, 'newest', 'expirySet')
local newest, expirySet = tonumber(seen[2] or 0), tonumber(seen[3] or 0)
if tonumber(sequence) <= newest - 32 then return { 'stale', nowText } end
if seen[1] then return { seen[1], nowText } end

local toReady, toScheduled, room = {}, {}, {}
for queue = 1, queues do
  toReady[queue], toScheduled[queue] = {}, {}
  room[queue] = maxLength == 0 and math.huge or maxLength - redis.call('LLEN', KEYS[4 * queue])
end

local uniques, uniqueOf = #KEYS - 3 - 4 * queues, {}
for unique = 1, uniques do uniqueOf[tonumber(ARGV[4 + queues + unique])] = KEYS[3 + 4 * queues + unique] end

local holders, newUniques = {}, {}
local function refusal(id, uniqueKey, isDue, queue)
  local first = uniqueKey and (holders[uniqueKey] or redis.call('GET', uniqueKey))
  if first and first ~= id then return 'duplicate ' .. first end
  return isDue and room[queue] <= 0 and redis.call('HEXISTS', jobs, id) == 0 and 'full'
end

local answers, allStored, row = {}, true, 0
local at = 5 + queues + uniques
while at <= #ARGV do
  local queue, when, nextRun = tonumber(ARGV[at]), ARGV[at + 1], at + 3 + 2 * ARGV[at + 2]
  local due = string.sub(when, 1, 1) == '+' and now + tonumber(when) or tonumber(when)
  local isDue, ready, scheduled = due <= now, toReady[queue], toScheduled[queue]
  for idAt = at + 3, nextRun - 2, 2 do
    row = row + 1
    local id, record, uniqueKey = ARGV[idAt], ARGV[idAt + 1], uniqueOf[row]
    if not isDue then record = string.gsub(record, '\n', string.format(' %.0f\n', due), 1) end
    local refused = refusal(id, uniqueKey, isDue, queue)
      or redis.call('HSETNX', jobs, id, start .. record) == 0 and 'duplicate ' .. id
    answers[row] = refused or 'stored'
    if refused then
      allStored = false
    else
      if isDue then
        room[queue] = room[queue] - 1
        ready[#ready + 1] = id
      else
        scheduled[#scheduled + 1] = due
        scheduled[#scheduled + 1] = id
      end
      if uniqueKey then
        holders[uniqueKey] = id
        newUniques[#newUniques + 1] = uniqueKey
      end
    end
  end
  at = nextRun
end

for queue = 1, queues do
  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue, 4 * queue + 3)
  if #toReady[queue] > 0 then
    local length = redis.call('LPUSH', ready, unpack(toReady[queue]))
    local wasEmpty = length == #toReady[queue]
    if wasEmpty and redis.call('HEXISTS', paused, ARGV[4 + queue]) == 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
  end
  if #toScheduled[queue] > 0 then
    local before = redis.call('ZRANGE', scheduled, 0, 0)[1]
    redis.call('ZADD', scheduled, unpack(toScheduled[queue]))
    local after = redis.call('ZRANGE', scheduled, 0, 0)[1]
    if after ~= before and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end
  end
end

for _, uniqueKey in ipairs(newUniques) do redis.call('SET', uniqueKey, holders[uniqueKey], 'PX', window) end

local answer = allStored and 'stored' or table.concat(answers, ',')
local isFresh = math.abs(now - expirySet) < 1800000
redis.call('HSET', producer, sequence, answer, 'newest', math.max(newest, tonumber(sequence)), 'expirySet', isFresh and seen[3] or nowText)
if not isFresh then redis.call('PEXPIRE', producer, 3600000) end
if sequence % 32 == 0 then
  local old = {}
  for number = sequence - 95, sequence - 32 do old[#old + 1] = string.format('%.0f', number) end
  redis.call('HDEL', producer, unpack(old))
end
return { answer, nowText }
