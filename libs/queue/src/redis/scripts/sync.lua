#!lua flags=allow-oom
-- sync: no move
-- Says what Redis holds for a worker that the worker does not know of: the claims of a call whose reply was lost.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] jobs        HASH  id -> record
-- KEYS[4] history     HASH  id -> history
-- ARGV[1] worker id
-- ARGV[2..] id, claim number  one pair a claim the caller knows
-- RETURNS "LOST", or: now ms, id, claim number, record, history  one row a claim the caller does not know
-- ATOMICITY reads only
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local reply, known = { string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)) }, {}
for at = 2, #ARGV, 2 do known[ARGV[at]] = tonumber(ARGV[at + 1]) end
local held = redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')
for at = 1, #held, 2 do
  local id, number = held[at], tonumber(held[at + 1])
  if known[id] ~= number then
    reply[#reply + 1] = id
    reply[#reply + 1] = string.format('%.0f', number)
    reply[#reply + 1] = redis.call('HGET', KEYS[3], id) or ''
    reply[#reply + 1] = redis.call('HGET', KEYS[4], id) or ''
  end
end
return reply
