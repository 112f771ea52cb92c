#!lua flags=no-writes
-- read-expiries: no move
-- How long some keys still live.
--
-- KEYS[1..] key  <= 500
-- RETURNS ms, one a key: -1 without end, -2 no such key
-- ATOMICITY one look; writes nothing
local left = {}
for at = 1, #KEYS do left[at] = redis.call('PTTL', KEYS[at]) end
return left
