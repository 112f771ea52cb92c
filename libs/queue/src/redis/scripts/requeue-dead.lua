#!lua flags=allow-oom
-- requeue-dead: dead -> ready
-- Sends dead jobs to the back of the queues they came from: attempts and crashes reset, trail kept (rule 17).
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- KEYS[4] paused   HASH  queue -> why
-- KEYS[5] groups   ZSET  group, died at, id: the dead in lexical order
-- KEYS[6..] ready, wake  LIST, LIST  one pair a queue, in the order of ARGV[2..]
-- ARGV[1] queues   how many queues
-- ARGV[2..] queue  as many; then queue index or 0 (no known queue), id, died at: three a job, <= 500 jobs
-- RETURNS one word a job: requeued | gone (not dead, or dead again since) | unreadable (its record does not name that queue)
-- ATOMICITY each job is checked before it is written; a refused one changes nothing
local dead, jobs, history, paused, groups = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local queues = tonumber(ARGV[1])

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

-- the index of the dead by group (ADR 0012): the fingerprint of the last trouble, else the reason
local function group_entry(past, died_at, id)
  local last = string.match(past, '^.*"atMs":(.*)$') or ''
  local group = string.match(last, '"fingerprint":"([^"]*)"') or string.match(past, '^%S+') or '-'
  return string.format('%s %015.0f %s', group, tonumber(died_at), id)
end

local function fresh_history(text)
  local rest, trail = string.match(text, '^1 %d+ %S+ %d+ %d+ (%d+ %d+)\n(.*)$')
  return '1 ' .. now .. ' - 0 0 ' .. (rest or '0 0') .. '\n' .. (trail or '[]')
end

local function requeue(queue, id, died_at)
  local score = redis.call('ZSCORE', dead, id)
  if not score or tonumber(score) ~= tonumber(died_at) then return 'gone' end
  local record = redis.call('HGET', jobs, id)
  local home = record and string.match(string.sub(record, 1, 512), '^%d+ %d+ (%S+) %S+[ \n]')
  if queue == 0 or home ~= ARGV[1 + queue] then return 'unreadable' end
  local text = redis.call('HGET', history, id) or ''
  redis.call('LPUSH', KEYS[4 + 2 * queue], id)
  redis.call('HSET', history, id, fresh_history(text))
  redis.call('ZREM', groups, group_entry(string.match(text, '^1 %d+ (.*)$') or '', score, id))
  redis.call('ZREM', dead, id)
  return 'requeued'
end

local words = {}
for index = 2 + queues, #ARGV, 3 do
  words[#words + 1] = requeue(tonumber(ARGV[index]), ARGV[index + 1], ARGV[index + 2])
end

for queue = 1, queues do
  local ready, wake = KEYS[4 + 2 * queue], KEYS[5 + 2 * queue]
  local waiting = redis.call('LLEN', ready) > 0 and redis.call('HEXISTS', paused, ARGV[1 + queue]) == 0
  if waiting and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
end
if redis.call('EXISTS', dead) == 0 then redis.call('DEL', groups) end
return words
