#!lua
-- import-dead: new -> dead
-- Puts exported jobs back among the dead, byte for byte. Refused as a whole when Redis is full.
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- KEYS[4] groups   ZSET  group, died at, id: the dead in lexical order
-- ARGV[1..] id, died at, has a record (1 or 0), record, has a history (1 or 0), history  one row a job, <= 500
-- RETURNS one word a job: imported | present (dead, and the same) | different (dead, and not the same) | taken (it is
--         somewhere else by now)
-- ATOMICITY each job is checked before it is written; record and history, then its place; a refused one changes nothing
local dead, jobs, history, groups = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- the index of the dead by group (ADR 0012): the fingerprint of the last trouble, else the reason
local function group_entry(past, died_at, id)
  local last = string.match(past, '^.*"atMs":(.*)$') or ''
  local group = string.match(last, '"fingerprint":"([^"]*)"') or string.match(past, '^%S+') or '-'
  return string.format('%s %015.0f %s', group, tonumber(died_at), id)
end

local function import(id, died_at, record, past)
  local score = redis.call('ZSCORE', dead, id)
  local stored, stored_past = redis.call('HGET', jobs, id), redis.call('HGET', history, id)
  if score then
    local is_same = tonumber(score) == tonumber(died_at) and stored == record and stored_past == past
    return is_same and 'present' or 'different'
  end
  if stored or stored_past then return 'taken' end
  if record then redis.call('HSET', jobs, id, record) end
  if past then redis.call('HSET', history, id, past) end
  redis.call('ZADD', groups, 0, group_entry(string.match(past or '', '^1 %d+ (.*)$') or '', died_at, id))
  redis.call('ZADD', dead, died_at, id)
  return 'imported'
end

local words = {}
for at = 1, #ARGV, 6 do
  local id, died_at, has_record, record, has_history, past = unpack(ARGV, at, at + 5)
  words[#words + 1] = import(id, died_at, has_record == '1' and record, has_history == '1' and past)
end
return words
