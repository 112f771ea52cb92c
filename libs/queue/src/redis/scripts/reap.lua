#!lua flags=allow-oom
-- reap: processing -> ready, processing -> scheduled, processing -> dead
-- Takes jobs from a revoked worker, one by one; when it holds nothing more, the worker is forgotten. One that somebody asked
-- to end does not run again.
--
-- KEYS[1] revoked     ZSET  worker ids whose jobs are being taken back
-- KEYS[2] processing  ZSET  job id by claim number: what that worker holds
-- KEYS[3] worker      HASH  what that worker said of itself
-- KEYS[4] history     HASH  id -> history
-- KEYS[5] dead        ZSET  id by died at, ms
-- KEYS[6] paused      HASH  queue -> pause
-- KEYS[7] groups      ZSET  group, died at, id: the dead in lexical order
-- KEYS[8] cancels     HASH  id -> claim number, trail entry: what that worker was asked to end
-- KEYS[9..] ready, scheduled, wake, timer  one group a queue of these jobs; then quarantine  one a queue
-- ARGV[1] worker id
-- ARGV[2] number of queues, then their names
-- ARGV[..] id, claim number, verb (front, alone, retry, bury), queue index or 0, delay ms, history tail  one row a job
-- RETURNS now ms, jobs still held, rows not moved because another reaper was faster, rows that are dead because somebody asked
--         for it (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; history, destination, source; a job that cannot be
--           moved goes to the dead set and stops no other
local revoked, processing, worker, history, dead, paused, groups, cancels = unpack(KEYS, 1, 8)
local workerId, queues = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nowText = string.format('%.0f', now)

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

local function bury(id, past)
  redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
  redis.call('ZADD', groups, 0, group_entry(past, now, id))
  redis.call('ZADD', dead, nowText, id)
end

local wakes = {}

local function move(id, verb, queue, delay, past)
  if verb == 'bury' then return bury(id, past) end
  local ready, scheduled, wake, timer = unpack(KEYS, 4 * queue + 5, 4 * queue + 8)
  if verb == 'alone' then
    redis.call('RPUSH', KEYS[8 + 4 * queues + queue], id)
  elseif verb == 'front' then
    redis.call('RPUSH', ready, id)
    if redis.call('HEXISTS', paused, ARGV[2 + queue]) == 0 then wakes[#wakes + 1] = wake end
  else
    redis.call('ZADD', scheduled, string.format('%.0f', now + delay), id)
    wakes[#wakes + 1] = timer
  end
end

local gone, ended, row = {}, {}, 0
for at = 3 + queues, #ARGV, 6 do
  local id, number, verb, queue, delay, past = unpack(ARGV, at, at + 5)
  local held = redis.call('ZSCORE', revoked, workerId) and redis.call('ZSCORE', processing, id)
  row = row + 1
  if not held or tonumber(held) ~= tonumber(number) then
    gone[#gone + 1] = row
  else
    local ending = verb ~= 'bury' and cancelled(id, number, past)
    if ending then
      verb, past = 'bury', ending
      ended[#ended + 1] = row
    end
    redis.call('HSET', history, id, string.format('1 %.0f %s', now + tonumber(delay), past))
    if not pcall(move, id, verb, tonumber(queue), tonumber(delay), past) then
      bury(id, (string.gsub(past, '^%S+', 'unmovable', 1)))
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
  redis.call('DEL', worker, cancels)
end
return { nowText, left, gone, ended }
