#!lua flags=allow-oom
-- claim-probe: ready -> processing
-- After the cooldown of a breaker: gives the caller one parked job, to see whether the kind works again. One at a time over all
-- workers: while a probe is held nobody gets another, and it is held no longer when its worker has settled or lost it. With
-- nothing to try for a window the breaker closes.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] control     HASH  last claim number, breakers
-- KEYS[4] jobs        HASH  id -> record
-- KEYS[5] history     HASH  id -> history
-- KEYS[6] paused      HASH  queue -> pause
-- KEYS[7] probing     ZSET  job id by claim number: what the prober holds that the caller knows of
-- KEYS[8..] parked    LIST  ids of this kind, the next to run right  one a queue that the caller serves; none: it cannot run the kind
-- ARGV[1] worker id
-- ARGV[2] kind
-- ARGV[3] worker id of the prober that the caller knows of, or "-"
-- ARGV[4] window, ms
-- ARGV[5..] the queues, in the order of the claim
-- RETURNS "LOST", or: now ms, breakers, and of a probe: claim number, id, record or "", history or ""
-- ATOMICITY all checks before the first write; destination, source, then the breaker
local workers, processing, control, jobs, history, paused, probing = unpack(KEYS, 1, 7)
local workerId, kind, window = ARGV[1], ARGV[2], tonumber(ARGV[4])
if not redis.call('ZSCORE', workers, workerId) then return { 'LOST' } end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local nowText = string.format('%.0f', now)

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

-- another state, from now on: what was counted and who probed is forgotten
local function change(breaker, state, at, micros)
  breaker.state, breaker.at = state, at
  breaker.number = string.format('%.0f', math.max(micros, tonumber(breaker.number) + 1))
  breaker.prober, breaker.job, breaker.claim = '-', '-', '0'
end

local facts = redis.call('HMGET', control, 'claim', 'breakers')
local before = facts[2] or ''
local breakers = read_breakers(before)
local breaker = breakers[kind]
if not breaker or breaker.state == 'closed' then return { nowText, before } end
if breaker.state == 'open' and now < breaker.at then return { nowText, before } end
if breaker.prober ~= '-' then
  local held = breaker.prober == ARGV[3] and redis.call('ZSCORE', probing, breaker.job)
  -- a caller that knows another prober cannot tell: it asks again with what it is told here
  if breaker.prober ~= ARGV[3] or (held and tonumber(held) == tonumber(breaker.claim)) then return { nowText, before } end
end

local id, parked
for at = 8, #KEYS do
  local isPaused = redis.call('HEXISTS', paused, ARGV[at - 3]) == 1
  if not id and not isPaused then id, parked = redis.call('LINDEX', KEYS[at], -1), KEYS[at] end
end
local isForgotten = not id and now >= breaker.at + window
if isForgotten then
  change(breaker, 'closed', now, micros)
elseif breaker.state == 'open' and #KEYS >= 8 then
  change(breaker, 'half-open', now, micros)
end
if not id then return { nowText, write_breakers(control, breakers) } end

local number = string.format('%.0f', math.max(micros, tonumber(facts[1] or 0) + 1))
redis.call('HSET', control, 'claim', number)
redis.call('ZADD', processing, number, id)
redis.call('RPOP', parked)
breaker.prober, breaker.job, breaker.claim, breaker.at = workerId, id, number, now
local text = write_breakers(control, breakers)
return { nowText, text, number, id, redis.call('HGET', jobs, id) or '', redis.call('HGET', history, id) or '' }
