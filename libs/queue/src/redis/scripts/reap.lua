#!lua flags=allow-oom
-- reap: processing -> ready, processing -> scheduled, processing -> dead
-- Takes jobs from a revoked worker, one by one; when it holds nothing more, the worker is forgotten.
--
-- KEYS[1] revoked     ZSET  worker ids whose jobs are being taken back
-- KEYS[2] processing  ZSET  job id by claim number: what that worker holds
-- KEYS[3] worker      HASH  what that worker said of itself
-- KEYS[4] history     HASH  id -> history
-- KEYS[5] dead        ZSET  id by died at, ms
-- KEYS[6] paused      HASH  queue -> pause
-- KEYS[7..] ready, scheduled, wake, timer  one group a queue of these jobs
-- ARGV[1] worker id
-- ARGV[2] number of queues, then their names
-- ARGV[..] id, claim number, verb (front, retry, bury), queue index or 0, delay ms, history tail  one row a job
-- RETURNS now ms, jobs still held, rows not moved because another reaper was faster (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; history, destination, source; a job that cannot be
--           moved goes to the dead set and stops no other
local revoked, processing, worker, history, dead, paused = unpack(KEYS, 1, 6)
local workerId, queues = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)

local wakes = {}

local function move(id, verb, queue, delay)
  if verb == 'bury' then return redis.call('ZADD', dead, nowText, id) end
  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue + 3, 4 * queue + 6)
  if verb == 'front' then
    redis.call('RPUSH', ready, id)
    if redis.call('HEXISTS', paused, ARGV[2 + queue]) == 0 then wakes[#wakes + 1] = wake end
  else
    redis.call('ZADD', scheduled, string.format('%.0f', now + delay), id)
    wakes[#wakes + 1] = timer
  end
end

local gone, row = {}, 0
for at = 3 + queues, #ARGV, 6 do
  local id, number, verb, queue, delay, past = unpack(ARGV, at, at + 5)
  local held = redis.call('ZSCORE', revoked, workerId) and redis.call('ZSCORE', processing, id)
  row = row + 1
  if not held or tonumber(held) ~= tonumber(number) then
    gone[#gone + 1] = row
  else
    redis.call('HSET', history, id, string.format('1 %.0f %s', now + tonumber(delay), past))
    if not pcall(move, id, verb, tonumber(queue), tonumber(delay)) then
      redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. string.gsub(past, '^%S+', 'unmovable', 1))
      redis.call('ZADD', dead, nowText, id)
    end
    redis.call('ZREM', processing, id)
  end
end

for _, list in ipairs(wakes) do
  if redis.pcall('LLEN', list) == 0 then redis.call('LPUSH', list, 1) end
end

local left = redis.call('ZCARD', processing)
if left == 0 then
  redis.call('ZREM', revoked, workerId)
  redis.call('DEL', worker)
end
return { nowText, left, gone }
