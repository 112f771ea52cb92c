#!lua flags=allow-oom
-- answer: processing -> gone
-- Ends jobs of benchmarks: the times of each go to who measures, and nothing of it stays, not in the completed list either.
-- After its deadline nobody waits for a job: it is forgotten without an answer.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] jobs        HASH  id -> record
-- KEYS[4] history     HASH  id -> history
-- KEYS[5..] answers   LIST  of id, claim number, done at µs  one list a benchmark, gone after its deadline
-- ARGV[1] worker id
-- ARGV[2..] id, claim number, benchmark or 0 (nobody waits), deadline ms  one row a job
-- RETURNS "LOST", or: now ms, rows not held (counted from 1)
-- ATOMICITY each claim number is checked before its job is written; answer, record, place
local workers, processing, jobs, history = unpack(KEYS, 1, 4)
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)

local gone, row = {}, 0
for at = 2, #ARGV, 4 do
  local id, number, bench, deadline = unpack(ARGV, at, at + 3)
  local held = redis.call('ZSCORE', processing, id)
  row = row + 1
  if not held or tonumber(held) ~= tonumber(number) then
    gone[#gone + 1] = row
  else
    local answers = KEYS[4 + bench]
    if bench ~= '0' and now <= tonumber(deadline) then
      redis.call('RPUSH', answers, string.format('%s %.0f %.0f', id, number, micros))
      redis.call('PEXPIREAT', answers, deadline)
    end
    redis.call('HDEL', jobs, id)
    redis.call('HDEL', history, id)
    redis.call('ZREM', processing, id)
  end
end
return { string.format('%.0f', now), gone }
