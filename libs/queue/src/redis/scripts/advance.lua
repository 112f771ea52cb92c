#!lua flags=allow-oom
-- advance: processing -> completed, completed -> gone, scheduled -> ready, ready -> processing
-- The hot path: acks what ended, promotes what is due, claims what the caller can run, says when the next job is due.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] control     HASH  last claim number, breakers
-- KEYS[4] jobs        HASH  id -> record
-- KEYS[5] history     HASH  id -> history
-- KEYS[6] completed   LIST  ids, newest left
-- KEYS[7] outcome     HASH  id -> outcome
-- KEYS[8] paused      HASH  queue -> pause
-- KEYS[9..] ready, scheduled, wake, timer  one group a queue served; then quarantine  one a queue, or none: then no job is
--            sent to run alone
-- ARGV[1] worker id
-- ARGV[2] completed jobs to keep
-- ARGV[3] jobs wanted: the free slots of the caller
-- ARGV[4] crashes from which a job that becomes due runs alone
-- ARGV[5] number of queues, then their names
-- ARGV[..] number of steps, then queue index, limit  the order of the claim, one pair a step
-- ARGV[..] id, claim number, outcome tail  one row a job to ack
-- RETURNS "LOST", or: now ms, next due ms or "", first claim number, rows not held (counted from 1),
--         index and history of each claim that has one, breakers (false: no job was wanted), then id, record  one row a claim,
--         numbered upwards from the first
-- ATOMICITY registration and claim numbers are checked before the first write; destination, then source
local workers, processing, control, jobs, history, completed, outcome, paused = unpack(KEYS, 1, 8)
local workerId, keep, wanted, queues = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
if not redis.call('ZSCORE', workers, workerId) then return { 'LOST' } end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local nowText = string.format('%.0f', now)
local steps = tonumber(ARGV[6 + queues])
local acks = 7 + queues + 2 * steps

-- one look for what is mostly not there: histories, pauses, scheduled jobs
local rare = { history, paused }
for queue = 1, queues do rare[queue + 2] = KEYS[4 * queue + 6] end
local hasRare = redis.call('EXISTS', unpack(rare)) > 0

local gone = {}
if #ARGV >= acks then
  local ids, row = {}, 0
  for at = acks, #ARGV, 3 do ids[#ids + 1] = ARGV[at] end
  local held, done, outcomes = redis.call('ZMSCORE', processing, unpack(ids)), {}, {}
  for at = acks, #ARGV, 3 do
    row = row + 1
    if held[row] and tonumber(held[row]) == tonumber(ARGV[at + 1]) then
      done[#done + 1] = ARGV[at]
      outcomes[#outcomes + 1] = ARGV[at]
      outcomes[#outcomes + 1] = nowText .. ' ' .. ARGV[at + 2]
    else
      gone[#gone + 1] = row
    end
  end
  if #done > 0 then
    redis.call('HSET', outcome, unpack(outcomes))
    local length = redis.call('LPUSH', completed, unpack(done))
    redis.call('ZREM', processing, unpack(done))
    -- a few more than asked for may stay, so that most calls need not trim
    if length > keep + math.min(100, keep / 10) then
      local excess = math.min(length - keep, #done + 500)
      local old = redis.call('LRANGE', completed, -excess, -1)
      redis.call('HDEL', jobs, unpack(old))
      redis.call('HDEL', outcome, unpack(old))
      if hasRare then redis.call('HDEL', history, unpack(old)) end
      redis.call('RPOP', completed, excess)
    end
  end
end

-- rule 18: what crashed too often becomes due in quarantine, not in its queue
local function push_due(ready, quarantine, due)
  if not quarantine then return redis.call('LPUSH', ready, unpack(due)) end
  local open, alone = {}, {}
  for index, past in ipairs(redis.call('HMGET', history, unpack(due))) do
    local crashes = past and string.match(past, '^1 %d+ %S+ %d+ (%d+)')
    local list = crashes and tonumber(crashes) >= tonumber(ARGV[4]) and alone or open
    list[#list + 1] = due[index]
  end
  if #open > 0 then redis.call('LPUSH', ready, unpack(open)) end
  if #alone > 0 then redis.call('LPUSH', quarantine, unpack(alone)) end
end

local nextDue, hasScheduled, overdue = math.huge, {}, {}
for queue = 1, hasRare and queues or 0 do
  local scheduled = KEYS[4 * queue + 6]
  local head = redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
  if head[1] and tonumber(head[2]) <= now then
    local due = redis.call('ZRANGE', scheduled, 0, nowText, 'BYSCORE', 'LIMIT', 0, 100)
    push_due(KEYS[4 * queue + 5], KEYS[8 + 4 * queues + queue], due)
    redis.call('ZREM', scheduled, unpack(due))
    head = redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')
  end
  hasScheduled[queue] = head[1]
  overdue[queue] = head[1] and tonumber(head[2]) <= now
  if head[1] then nextDue = math.min(nextDue, tonumber(head[2])) end
end

local isPaused, isEmpty, claimed, count = {}, {}, {}, 0
local anyPaused = hasRare and redis.call('HLEN', paused) > 0
for queue = 1, queues do isPaused[queue] = anyPaused and redis.call('HEXISTS', paused, ARGV[5 + queue]) == 1 end
local first, breakers = micros, false
if wanted > 0 then
  local facts = redis.call('HMGET', control, 'claim', 'breakers')
  first, breakers = math.max(micros, (tonumber(facts[1] or 0)) + 1), facts[2] or ''
  for at = 7 + queues, acks - 1, 2 do
    local queue, limit = tonumber(ARGV[at]), math.min(tonumber(ARGV[at + 1]), wanted - count)
    if limit > 0 and not isPaused[queue] then
      local ready, members = KEYS[4 * queue + 5], {}
      local ids = redis.call('LRANGE', ready, -limit, -1)
      for index = #ids, 1, -1 do
        count = count + 1
        members[#members + 1] = first + count - 1
        members[#members + 1] = ids[index]
        claimed[count] = ids[index]
      end
      isEmpty[queue] = #ids < limit
      if #ids > 0 then
        redis.call('ZADD', processing, unpack(members))
        redis.call('RPOP', ready, #ids)
      end
    end
  end
end

local pasts = {}
local reply = { nowText, nextDue < math.huge and string.format('%.0f', nextDue) or '', string.format('%.0f', first), gone, pasts, breakers }
if count > 0 then
  redis.call('HSET', control, 'claim', first + count - 1)
  local records = redis.call('HMGET', jobs, unpack(claimed))
  for index = 1, count do
    reply[5 + 2 * index] = claimed[index]
    reply[6 + 2 * index] = records[index] or ''
  end
  if hasRare then
    for index, past in ipairs(redis.call('HMGET', history, unpack(claimed))) do
      if past then
        pasts[#pasts + 1] = index
        pasts[#pasts + 1] = past
      end
    end
  end
end

for queue = 1, queues do
  local ready, _, wake, timer = unpack(KEYS, 4 * queue + 5, 4 * queue + 8)
  local mayHaveWork = not isPaused[queue] and (overdue[queue] or not isEmpty[queue])
  if mayHaveWork and redis.call('EXISTS', ready, wake) < 2 then
    local hasWork = overdue[queue] or redis.call('EXISTS', ready) == 1
    if hasWork and redis.call('EXISTS', wake) == 0 then redis.call('LPUSH', wake, 1) end
  end
  if hasScheduled[queue] and count >= wanted and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end
end
return reply
