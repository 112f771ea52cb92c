#!lua flags=no-writes
-- peek: no move
-- The first jobs of one container, with the start of their records. Reads no more ids than asked.
--
-- KEYS[1] place    LIST or ZSET
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- KEYS[4] outcome  HASH  id -> outcome
-- ARGV[1] from     right | left (of a list), lowest | highest (of a sorted set)
-- ARGV[2] count    how many ids, <= 500
-- ARGV[3] cut      bytes of a record that are shown
-- RETURNS one row an id: {id, score, record, record bytes, history, outcome}; score is false in a list
-- ATOMICITY one look; writes nothing
local place, jobs, history, outcome = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local from, count, cut = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local ids, scores = {}, {}
local function take(pairs_found)
  for index = 1, #pairs_found, 2 do
    ids[#ids + 1], scores[#scores + 1] = pairs_found[index], pairs_found[index + 1]
  end
end

if from == 'left' then
  ids = redis.call('LRANGE', place, 0, count - 1)
elseif from == 'right' then
  local tail = redis.call('LRANGE', place, -count, -1)
  for index = #tail, 1, -1 do
    ids[#ids + 1] = tail[index]
  end
elseif from == 'lowest' then
  take(redis.call('ZRANGE', place, 0, count - 1, 'WITHSCORES'))
else
  take(redis.call('ZRANGE', place, 0, count - 1, 'REV', 'WITHSCORES'))
end

local rows = {}
for index, id in ipairs(ids) do
  local record = redis.call('HGET', jobs, id)
  rows[index] = {
    id,
    scores[index] or false,
    record and string.sub(record, 1, cut),
    record and #record or 0,
    redis.call('HGET', history, id),
    redis.call('HGET', outcome, id),
  }
end
return rows
