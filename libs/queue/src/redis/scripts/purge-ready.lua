#!lua flags=allow-oom
-- purge-ready: ready -> gone
-- Forgets jobs that wait in the list of a queue, wherever in it they are; the others keep their order. Unique keys live on
-- for their window.
--
-- KEYS[1] ready    LIST  ids, the next to run right
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- ARGV[1] span     ids between the first and the last one named, these included, when they were seen
-- ARGV[2] most     ids looked at in search of the first one named
-- ARGV[3..] id     in the order of the list, <= 500
-- RETURNS how many were forgotten: those that wait no longer, or moved away, are left alone
-- ATOMICITY a job is forgotten only when it was found in the list; record, history, then its place
local ready, jobs, history = KEYS[1], KEYS[2], KEYS[3]

local wanted, at = {}, false
for index = 3, #ARGV do wanted[ARGV[index]] = true end
-- the first ones named are the last that workers take: when these few are gone, all are
for index = 3, math.min(#ARGV, 6) do
  at = at or redis.call('LPOS', ready, ARGV[index], 'MAXLEN', ARGV[2])
end
if not at then return 0 end

local count = 0
for offset, id in ipairs(redis.call('LRANGE', ready, at, at + ARGV[1] - 1)) do
  if wanted[id] then
    redis.call('HDEL', jobs, id)
    redis.call('HDEL', history, id)
    redis.call('LSET', ready, at + offset - 1, '')
    count = count + 1
  end
end
if count > 0 then redis.call('LREM', ready, count, '') end
return count
