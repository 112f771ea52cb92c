#!lua flags=allow-oom
-- count-attempts: no move
-- Adds what ended in one process since it told last to what all have told, and opens and closes the breakers of these kinds by it.
--
-- KEYS[1] control  HASH  breakers
-- KEYS[2..] attempts  HASH  tenth of a window, or f and it -> attempts, failed ones  one a row
-- ARGV[1] window, ms
-- ARGV[2] cooldown, ms
-- ARGV[3] attempts within the window before there is a verdict
-- ARGV[4] share of failed ones that opens
-- ARGV[5..] kind, attempts, failed ones, number of the half-open time that they probed or 0  one row a kind
-- RETURNS now ms, breakers
-- ATOMICITY counts first, then the breakers that they change; a probe counts only for the half-open time it was made for
local control = KEYS[1]
local window, cooldown, least, share = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

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

-- adds to the tenth of the window that is now, and forgets those that the window has left behind
local function count(counts, attempts, failures)
  local step, sums = math.floor(10 * now / window), { a = 0, f = 0 }
  redis.call('HINCRBY', counts, string.format('%.0f', step), attempts)
  redis.call('HINCRBY', counts, string.format('f%.0f', step), failures)
  redis.call('PEXPIRE', counts, math.ceil(window * 1.1))
  local found = redis.call('HGETALL', counts)
  for at = 1, #found, 2 do
    local isFailed, tenth = string.match(found[at], '^(f?)(%d+)$')
    local sum = isFailed == 'f' and 'f' or 'a'
    if tonumber(tenth) > step - 10 then sums[sum] = sums[sum] + found[at + 1] else redis.call('HDEL', counts, found[at]) end
  end
  return tonumber(failures) > 0 and sums.a >= least and sums.f >= share * sums.a
end

local before = redis.call('HGET', control, 'breakers') or ''
local breakers, hasChanged = read_breakers(before), false
for at = 5, #ARGV, 4 do
  local kind, attempts, failures, probed = unpack(ARGV, at, at + 3)
  local counts = KEYS[2 + (at - 5) / 4]
  local breaker = breakers[kind] or { state = 'closed', number = '0', parked = {} }
  local state
  if probed ~= '0' then
    local isAnswer = breaker.state == 'half-open' and breaker.number == probed
    state = isAnswer and (failures == '0' and 'closed' or 'open')
  elseif breaker.state == 'closed' then
    state = count(counts, attempts, failures) and 'open'
  end
  if state then
    change(breaker, state, state == 'open' and now + cooldown or now, micros)
    redis.call('DEL', counts)
    breakers[kind], hasChanged = breaker, true
  end
end
return { string.format('%.0f', now), hasChanged and write_breakers(control, breakers) or before }
