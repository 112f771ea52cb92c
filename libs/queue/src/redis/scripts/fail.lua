#!lua flags=allow-oom
-- fail: processing -> scheduled, processing -> dead
-- Takes failed and postponed runs: each job runs again later, or is dead-lettered with a reason.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] history     HASH  id -> history
-- KEYS[4] failures    HASH  fingerprint -> counts and error
-- KEYS[5] dead        ZSET  id by died at, ms
-- KEYS[6..] scheduled, timer  one pair a queue served
-- ARGV[1] worker id
-- ARGV[2] most failures kept
-- ARGV[3] number of failures, then fingerprint, error as JSON  one row a failure of this batch
-- ARGV[..] id, claim number, queue index or 0 (bury), delay ms, history tail, failure index or 0  one row a job
-- RETURNS "LOST", or: now ms, rows not held (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; history, destination, source
local workers, processing, history, failures, dead = unpack(KEYS, 1, 5)
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)
local rows = 4 + 2 * tonumber(ARGV[3])

local gone, counts, row = {}, {}, 0
for at = rows, #ARGV, 6 do
  local id, number, queue, delay, past, failure = unpack(ARGV, at, at + 5)
  local held = redis.call('ZSCORE', processing, id)
  row = row + 1
  local isHeld = held and tonumber(held) == tonumber(number)
  if isHeld then counts[tonumber(failure)] = (counts[tonumber(failure)] or 0) + 1 end
  if not isHeld then
    gone[#gone + 1] = row
  elseif queue == '0' then
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
    redis.call('ZADD', dead, nowText, id)
    redis.call('ZREM', processing, id)
  else
    local scheduled, timer = KEYS[4 + 2 * queue], KEYS[5 + 2 * queue]
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
