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
-- ARGV[..] queue index, when (0: now, +ms: from now, ms: at), n, then n rows of id, record tail, unique key index or 0
--          one run of jobs that share queue and time after another
-- RETURNS answer, now ms. The answer is "stored" (every job), "stale" (sequence older than the kept ones; nothing
--         written), or one word a job, by comma: "stored", "full", "duplicate <id of the first>"
-- ATOMICITY each job is checked before its record is written; record, then container, then unique key
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

local answers, allStored = {}, true
local function store(id, tail, unique, queue, due)
  local uniqueKey = unique ~= '0' and KEYS[3 + 4 * queues + unique]
  local first = uniqueKey and redis.call('GET', uniqueKey)
  if first and first ~= id then return 'duplicate ' .. first end
  if due <= now and room[queue] <= 0 and redis.call('HEXISTS', jobs, id) == 0 then return 'full' end
  if due > now then tail = string.gsub(tail, '\n', string.format(' %.0f\n', due), 1) end
  if redis.call('HSETNX', jobs, id, start .. tail) == 0 then return 'duplicate ' .. id end
  if due > now then
    table.insert(toScheduled[queue], due)
    table.insert(toScheduled[queue], id)
  else
    room[queue] = room[queue] - 1
    toReady[queue][#toReady[queue] + 1] = id
  end
  if uniqueKey then redis.call('SET', uniqueKey, id, 'PX', window) end
  return 'stored'
end

local at = 5 + queues
while at <= #ARGV do
  local queue, when, rows = tonumber(ARGV[at]), ARGV[at + 1], tonumber(ARGV[at + 2])
  local due = string.sub(when, 1, 1) == '+' and now + tonumber(when) or tonumber(when)
  for row = at + 3, at + 3 * rows, 3 do
    local answer = store(ARGV[row], ARGV[row + 1], ARGV[row + 2], queue, due)
    answers[#answers + 1] = answer
    allStored = allStored and answer == 'stored'
  end
  at = at + 3 + 3 * rows
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
