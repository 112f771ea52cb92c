#!lua flags=allow-oom
-- fail: processing -> scheduled, processing -> dead
-- Takes failed and postponed runs: each job runs again later, or is dead-lettered with a reason. One that somebody asked to
-- end does not run again.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] history     HASH  id -> history
-- KEYS[4] failures    HASH  fingerprint -> counts and error
-- KEYS[5] dead        ZSET  id by died at, ms
-- KEYS[6] groups      ZSET  group, died at, id: the dead in lexical order
-- KEYS[7] cancels     HASH  id -> claim number, trail entry: what the caller is asked to end
-- KEYS[8..] scheduled, timer  one pair a queue served
-- ARGV[1] worker id
-- ARGV[2] most failures kept
-- ARGV[3] number of failures, then fingerprint, error as JSON  one row a failure of this batch
-- ARGV[..] id, claim number, queue index or 0 (bury), delay ms, history tail, failure index or 0  one row a job
-- RETURNS "LOST", or: now ms, rows not held (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; history, destination, source
local workers, processing, history, failures, dead, groups, cancels = unpack(KEYS, 1, 7)
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)
local rows = 4 + 2 * tonumber(ARGV[3])
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

local gone, counts, row = {}, {}, 0
for at = rows, #ARGV, 6 do
  local id, number, queue, delay, past, failure = unpack(ARGV, at, at + 5)
  local held = redis.call('ZSCORE', processing, id)
  row = row + 1
  local isHeld = held and tonumber(held) == tonumber(number)
  local ending = isHeld and queue ~= '0' and cancelled(id, number, past)
  if isHeld then counts[tonumber(failure)] = (counts[tonumber(failure)] or 0) + 1 end
  if not isHeld then
    gone[#gone + 1] = row
  elseif queue == '0' or ending then
    past = ending or past
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
    redis.call('ZADD', groups, 0, group_entry(past, now, id))
    redis.call('ZADD', dead, nowText, id)
    redis.call('ZREM', processing, id)
  else
    local scheduled, timer = KEYS[6 + 2 * queue], KEYS[7 + 2 * queue]
    local due = string.format('%.0f', now + tonumber(delay))
    local before = redis.call('ZRANGE', scheduled, 0, 0)[1]
    redis.call('HSET', history, id, '1 ' .. due .. ' ' .. past)
    redis.call('ZADD', scheduled, due, id)
    redis.call('ZREM', processing, id)
    local after = redis.call('ZRANGE', scheduled, 0, 0)[1]
    if after ~= before and redis.call('LLEN', timer) == 0 then redis.call('LPUSH', timer, 1) end
  end
end

for index, count in pairs(counts) do
  local fingerprint, error = ARGV[2 + 2 * index], ARGV[3 + 2 * index]
  local known = index > 0 and redis.call('HGET', failures, fingerprint)
  local before, since = string.match(known or '', '^(%d+) (%d+) ')
  if before then
    redis.call('HSET', failures, fingerprint, string.format('%.0f %s %s\n%s', before + count, since, nowText, error))
  elseif index > 0 and redis.call('HLEN', failures) < tonumber(ARGV[2]) then
    redis.call('HSET', failures, fingerprint, string.format('%.0f %s %s\n%s', count, nowText, nowText, error))
  end
end
return { nowText, gone }
