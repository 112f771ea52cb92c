#!lua flags=no-writes
-- list-dead: no move
-- A page of the dead letter queue, oldest first, after the entry (died at, id): found again by bisection, so that a page
-- is right also when that entry is gone by now. A page of large records ends early.
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- ARGV[1] limit    how many, <= 500
-- ARGV[2] died at  of the last entry seen, ms; -inf: from the start
-- ARGV[3] id       of the last entry seen
-- ARGV[4] until    died at, ms, of the last that counts; +inf: all
-- ARGV[5] what     ids, facts or all
-- ARGV[6] most     bytes of records read; one is read whatever its size
-- RETURNS {1 if more follow, else 0, rows}. Of ids: {id, died at}; of facts also the first line of the record or false,
--         and the history or false; of all the whole record in place of the line
-- ATOMICITY one look; writes nothing
local dead, jobs, history = KEYS[1], KEYS[2], KEYS[3]
local limit, died_at, last, newest, what = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local room = tonumber(ARGV[6])

local function is_after(one, other)
  for index = 1, math.min(#one, #other) do
    local a, b = string.byte(one, index), string.byte(other, index)
    if a ~= b then return a > b end
  end
  return #one > #other
end

local low = redis.call('ZCOUNT', dead, '-inf', '(' .. died_at)
local high = redis.call('ZCOUNT', dead, '-inf', died_at)
while low < high do
  local middle = math.floor((low + high) / 2)
  if is_after(redis.call('ZRANGE', dead, middle, middle)[1], last) then high = middle else low = middle + 1 end
end

local count = redis.call('ZCOUNT', dead, '-inf', newest)
local found = low < count and redis.call('ZRANGE', dead, low, math.min(low + limit, count) - 1, 'WITHSCORES') or {}
local rows = {}
for index = 1, #found, 2 do
  local row = { found[index], found[index + 1] }
  if what ~= 'ids' then
    room = room - redis.call('HSTRLEN', jobs, row[1])
    if room < 0 and #rows > 0 then break end
    local record = redis.call('HGET', jobs, row[1])
    row[3] = record and (what == 'all' and record or string.match(string.sub(record, 1, 512), '^[^\n]*'))
    row[4] = redis.call('HGET', history, row[1])
  end
  rows[#rows + 1] = row
end
return { low + #rows < count and 1 or 0, rows }
