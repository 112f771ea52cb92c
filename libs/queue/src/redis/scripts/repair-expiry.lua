#!lua flags=allow-oom
-- repair-expiry: no move
-- Gives an end to keys that must have one and have none.
--
-- KEYS[1..] key  <= 500
-- ARGV[1] time to live from now, ms
-- RETURNS one word a key: repaired | changed (it has an end, or is gone)
-- ATOMICITY each key is checked before it is written
local words = {}
for at = 1, #KEYS do
  local isEndless = redis.call('PTTL', KEYS[at]) == -1
  if isEndless then redis.call('PEXPIRE', KEYS[at], ARGV[1]) end
  words[at] = isEndless and 'repaired' or 'changed'
end
return words
