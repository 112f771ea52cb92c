#!lua flags=no-writes
-- read-fates: no move
-- What became of some jobs that were sent back from the dead.
--
-- KEYS[1] dead     ZSET  id by died at, ms
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] outcome  HASH  id -> outcome
-- ARGV[1..] id  <= 500
-- RETURNS one word an id: dead | completed (also: completed and forgotten since) | open
-- ATOMICITY one look; writes nothing
local dead, jobs, outcome = KEYS[1], KEYS[2], KEYS[3]

local words = {}
for index, id in ipairs(ARGV) do
  if redis.call('ZSCORE', dead, id) then
    words[index] = 'dead'
  elseif redis.call('HEXISTS', outcome, id) == 1 or redis.call('HEXISTS', jobs, id) == 0 then
    words[index] = 'completed'
  else
    words[index] = 'open'
  end
end
return words
