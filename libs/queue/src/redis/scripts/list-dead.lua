#!lua flags=no-writes
-- list-dead: no move
-- A page of the dead letter queue, oldest first, after the entry (died at, id): found again by bisection, so that a page
-- is right also when that entry is gone by now.
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- ARGV[1] limit    how many, <= 500
-- ARGV[2] died at  of the last entry seen, ms; -inf: from the start
-- ARGV[3] id       of the last entry seen
-- RETURNS one row an entry: {id, died at, first line of the record or false, history or false}
-- ATOMICITY one look; writes nothing
local dead, jobs, history = KEYS[1], KEYS[2], KEYS[3]
local limit, died_at, last = tonumber(ARGV[1]), ARGV[2], ARGV[3]

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

local found = redis.call('ZRANGE', dead, low, low + limit - 1, 'WITHSCORES')
local rows = {}
for index = 1, #found, 2 do
  local id = found[index]
  local record = redis.call('HGET', jobs, id)
  local line = record and string.match(string.sub(record, 1, 512), '^[^\n]*')
  rows[#rows + 1] = { id, found[index + 1], line, redis.call('HGET', history, id) }
end
return rows
