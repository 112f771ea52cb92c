#!lua flags=allow-oom
-- purge-dead: dead -> gone
-- Forgets dead jobs: record, history, and last their place. Unique keys live on for their window (rule 17).
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- KEYS[4] groups   ZSET  group, died at, id: the dead in lexical order
-- ARGV[1..] id, died at  one pair a job, <= 500
-- RETURNS one word a job: purged | gone (not dead, or dead again since)
-- ATOMICITY each job is checked before it is written; a refused one changes nothing
local dead, jobs, history, groups = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- the index of the dead by group (ADR 0012): the fingerprint of the last trouble, else the reason
local function group_entry(past, died_at, id)
  local last = string.match(past, '^.*"atMs":(.*)$') or ''
  local group = string.match(last, '"fingerprint":"([^"]*)"') or string.match(past, '^%S+') or '-'
  return string.format('%s %015.0f %s', group, tonumber(died_at), id)
end

local ids, words, meant, entries = {}, {}, {}, {}
for index = 1, #ARGV, 2 do ids[#ids + 1] = ARGV[index] end
local scores, pasts, seen = redis.call('ZMSCORE', dead, unpack(ids)), redis.call('HMGET', history, unpack(ids)), {}
for at, id in ipairs(ids) do
  local score = scores[at]
  if score and tonumber(score) == tonumber(ARGV[2 * at]) and not seen[id] then
    seen[id] = true
    meant[#meant + 1] = id
    entries[#entries + 1] = group_entry(string.match(pasts[at] or '', '^1 %d+ (.*)$') or '', score, id)
    words[at] = 'purged'
  else
    words[at] = 'gone'
  end
end

if #meant > 0 then
  redis.call('HDEL', jobs, unpack(meant))
  redis.call('HDEL', history, unpack(meant))
  redis.call('ZREM', groups, unpack(entries))
  redis.call('ZREM', dead, unpack(meant))
  if redis.call('EXISTS', dead) == 0 then redis.call('DEL', groups) end
end
return words
