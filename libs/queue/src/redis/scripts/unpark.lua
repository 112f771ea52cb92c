#!lua flags=allow-oom
-- unpark: no move
-- Gives parked jobs of a closed breaker back to the front of their queue, in their order: some at a time, and the next ones when
-- workers have taken these. A list that no breaker names is given back too.
--
-- KEYS[1] control  HASH  breakers
-- KEYS[2] paused   HASH  queue -> pause
-- KEYS[3] parked   LIST  ids, the next to run right
-- KEYS[4] ready    LIST  ids
-- KEYS[5] wake     LIST  at most one token
-- ARGV[1] queue
-- ARGV[2] kind
-- ARGV[3] most     jobs given back, <= 500
-- RETURNS now ms, breakers, jobs given back
-- ATOMICITY all checks before the first write; destination, source, then the breaker
local control, paused, parked, ready, wake = unpack(KEYS, 1, 5)
local queue, kind, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local nowText = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

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

local before = redis.call('HGET', control, 'breakers') or ''
local breakers = read_breakers(before)
local breaker = breakers[kind]
local last = breaker and breaker.parked[queue] or '-'
local mustWait = breaker and breaker.state ~= 'closed'
if mustWait or redis.call('LPOS', ready, last, 'RANK', -1, 'MAXLEN', 2 * most) then return { nowText, before, 0 } end

local ids = redis.call('LRANGE', parked, -most, -1)
if #ids > 0 then
  redis.call('RPUSH', ready, unpack(ids))
  redis.call('RPOP', parked, #ids)
  local isPaused = redis.call('HEXISTS', paused, queue) == 1
  if not isPaused and redis.call('LLEN', wake) == 0 then redis.call('LPUSH', wake, 1) end
end
if not breaker then return { nowText, before, #ids } end
breaker.parked[queue] = redis.call('EXISTS', parked) == 1 and ids[1] or nil
return { nowText, write_breakers(control, breakers), #ids }
