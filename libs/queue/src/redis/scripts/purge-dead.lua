#!lua flags=allow-oom
-- purge-dead: dead -> gone
-- Forgets dead jobs: record, history, and last their place. Unique keys live on for their window (rule 17).
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- ARGV[1..] id, died at  one pair a job, <= 500
-- RETURNS one word a job: purged | gone (not dead, or dead again since)
-- ATOMICITY each job is checked before it is written; a refused one changes nothing
local dead, jobs, history = KEYS[1], KEYS[2], KEYS[3]

local words = {}
for index = 1, #ARGV, 2 do
  local id, died_at = ARGV[index], ARGV[index + 1]
  local score = redis.call('ZSCORE', dead, id)
  if score and tonumber(score) == tonumber(died_at) then
    redis.call('HDEL', jobs, id)
    redis.call('HDEL', history, id)
    redis.call('ZREM', dead, id)
    words[#words + 1] = 'purged'
  else
    words[#words + 1] = 'gone'
  end
end
return words
