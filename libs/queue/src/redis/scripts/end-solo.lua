#!lua flags=allow-oom
-- end-solo: processing -> ready, processing -> dead
-- The end of a process that ran one job alone and did not settle it, told by the worker that saw it die (rule 20). The job
-- goes back to the front of its quarantine, or to the dead; the registration of that process ends.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what that process held
-- KEYS[3] worker      HASH  what that process said of itself
-- KEYS[4] cancels     HASH  id -> claim number, trail entry: what that process was asked to end
-- KEYS[5] history     HASH  id -> history
-- KEYS[6] dead        ZSET  id by died at, ms
-- KEYS[7] groups      ZSET  group, died at, id: the dead in lexical order
-- KEYS[8] quarantine  LIST  ids, the next to run right
-- ARGV[1] worker id of that process
-- ARGV[2] job id, or "": it held none
-- ARGV[3] claim number
-- ARGV[4] verb (alone, bury)
-- ARGV[5] history tail
-- RETURNS "LOST" (a reaper was faster: done), "gone" (it does not hold this claim), "cancelled" (somebody asked for the end of
--         this job while it ran: it is dead for that), or: "moved"
-- ATOMICITY registration and claim number are checked before the first write; history, destination, source
local workers, processing, worker, cancels, history, dead, groups, quarantine = unpack(KEYS, 1, 8)
local workerId, id, number, verb, past = unpack(ARGV, 1, 5)
if not redis.call('ZSCORE', workers, workerId) then return 'LOST' end
local time = redis.call('TIME')
local nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
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

local answer, held = 'gone', redis.call('ZSCORE', processing, id)
if held and tonumber(held) == tonumber(number) then
  local ending = verb ~= 'bury' and cancelled(id, number, past)
  answer = ending and 'cancelled' or 'moved'
  past = ending or past
  redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. past)
  if verb == 'bury' or ending then
    redis.call('ZADD', groups, 0, group_entry(past, nowText, id))
    redis.call('ZADD', dead, nowText, id)
  else
    redis.call('RPUSH', quarantine, id)
  end
  redis.call('ZREM', processing, id)
end
if redis.call('EXISTS', processing) == 0 then
  redis.call('ZREM', workers, workerId)
  redis.call('DEL', worker, cancels)
end
return answer
