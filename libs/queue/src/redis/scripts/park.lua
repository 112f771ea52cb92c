#!lua flags=allow-oom
-- park: processing -> ready, processing -> dead
-- Puts jobs aside whose kind has a breaker that is not closed: as they are, behind those parked before. When it has closed
-- meanwhile they go to the front of their queue. One that somebody asked to end is dead in place of that.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] control     HASH  breakers
-- KEYS[4] history     HASH  id -> history
-- KEYS[5] paused      HASH  queue -> pause
-- KEYS[6] cancels     HASH  id -> claim number, trail entry: what the caller is asked to end
-- KEYS[7] dead        ZSET  id by died at, ms
-- KEYS[8] groups      ZSET  group, died at, id: the dead in lexical order
-- KEYS[9..] parked, ready, wake  LIST, LIST, LIST  one group a list
-- ARGV[1] worker id
-- ARGV[2] number of lists, then queue, kind  one row a list
-- ARGV[..] id, claim number, list  one row a job
-- RETURNS "LOST", or: now ms, rows not held (counted from 1), breakers
-- ATOMICITY each claim number is checked before its job is written; destination, source, then the breakers
local workers, processing, control, history, paused, cancels, dead, groups = unpack(KEYS, 1, 8)
local lists = tonumber(ARGV[2])
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local hasCancels = redis.call('EXISTS', cancels) == 1

-- breakers that are not closed, or closed with parked jobs left: one line a kind (ADR 0016)
local function read_breakers(text)
  local breakers = {}
  for line in string.gmatch(text or '', '[^\n]+') do
    local kind, state, number, at, prober, job, claim, lists = string.match(line, '^(%S+) (%S+) (%d+) (%d+) (%S+) (%S+) (%d+) (%S+)$')
    local parked = {}
    for queue, last in string.gmatch(lists or '', '([^,=]+)=([^,]+)') do parked[queue] = last end
    if kind then breakers[kind] = { state = state, number = number, at = tonumber(at), prober = prober, job = job, claim = claim, parked = parked } end
  end
  return breakers
end

local function write_breakers(control, breakers)
  local lines = {}
  for kind, one in pairs(breakers) do
    local lists = {}
    for queue, last in pairs(one.parked) do lists[#lists + 1] = queue .. '=' .. last end
    table.sort(lists)
    local parked = #lists > 0 and table.concat(lists, ',') or '-'
    if one.state ~= 'closed' or #lists > 0 then
      lines[#lines + 1] = string.format('%s %s %s %.0f %s %s %s %s', kind, one.state, one.number, one.at, one.prober, one.job, one.claim, parked)
    end
  end
  table.sort(lines)
  local text = table.concat(lines, '\n')
  if text == '' then redis.call('HDEL', control, 'breakers') else redis.call('HSET', control, 'breakers', text) end
  return text
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

local breakers = read_breakers(redis.call('HGET', control, 'breakers'))
local gone, row = {}, 0
for at = 3 + 2 * lists, #ARGV, 3 do
  local id, number, list = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local queue, kind = ARGV[1 + 2 * list], ARGV[2 + 2 * list]
  local parked, ready, wake = unpack(KEYS, 6 + 3 * list, 8 + 3 * list)
  local held, breaker = redis.call('ZSCORE', processing, id), breakers[kind]
  row = row + 1
  local isHeld = held and tonumber(held) == tonumber(number)
  local past = isHeld and string.match(redis.call('HGET', history, id) or '', '^1 %d+ (.*)$') or '- 0 0 0 0\n[]'
  local ending = isHeld and cancelled(id, number, past)
  if not isHeld then
    gone[#gone + 1] = row
  elseif ending then
    redis.call('HSET', history, id, '1 ' .. nowText .. ' ' .. ending)
    -- the index of the dead by group (ADR 0012): such an entry names no error, so its group is the reason
    redis.call('ZADD', groups, 0, string.format('cancelled %015.0f %s', tonumber(nowText), id))
    redis.call('ZADD', dead, nowText, id)
  elseif breaker and breaker.state ~= 'closed' then
    redis.call('LPUSH', parked, id)
    breaker.parked[queue] = breaker.parked[queue] or '-'
  else
    redis.call('RPUSH', ready, id)
    local isPaused = redis.call('HEXISTS', paused, queue) == 1
    if not isPaused and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
  end
  if isHeld then redis.call('ZREM', processing, id) end
end
return { nowText, gone, write_breakers(control, breakers) }
