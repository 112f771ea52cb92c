#!lua flags=allow-oom
-- read-claims: no move
-- Reads what a revoked worker held, so that the reaper can decide where each job goes.
--
-- KEYS[1] processing  ZSET  job id by claim number
-- KEYS[2] jobs        HASH  id -> record
-- KEYS[3] history     HASH  id -> history
-- ARGV[1] most jobs read
-- RETURNS id, claim number, first line of the record or "", history or ""  one row a job, oldest claim first
-- ATOMICITY reads only
local reply = {}
local held = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1, 'WITHSCORES')
for at = 1, #held, 2 do
  local id = held[at]
  reply[#reply + 1] = id
  reply[#reply + 1] = string.format('%.0f', tonumber(held[at + 1]))
  reply[#reply + 1] = string.match(redis.call('HGET', KEYS[2], id) or '', '^[^\n]*')
  reply[#reply + 1] = redis.call('HGET', KEYS[3], id) or ''
end
return reply
