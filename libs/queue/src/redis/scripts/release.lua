#!lua flags=allow-oom
-- release: processing -> ready
-- Hands jobs back, unharmed, to the front of the queues they came from; counts one interruption each.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] history     HASH  id -> history
-- KEYS[4] paused      HASH  queue -> pause
-- KEYS[5..] ready, wake  one pair a queue served
-- ARGV[1] worker id
-- ARGV[2] number of queues, then their names
-- ARGV[..] id, claim number, queue index  one row a job
-- RETURNS "LOST", or: now ms, rows not held (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; history, destination, source
local workers, processing, history, paused = unpack(KEYS, 1, 4)
local queues = tonumber(ARGV[2])
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

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
    local ready, wake = KEYS[3 + 2 * queue], KEYS[4 + 2 * queue]
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
    redis.call('RPUSH', ready, id)
    redis.call('ZREM', processing, id)
    if redis.call('HEXISTS', paused, ARGV[2 + queue]) == 0 and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
  end
end
return { nowText, gone }
