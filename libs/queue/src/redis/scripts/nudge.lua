#!lua flags=allow-oom
-- nudge: no move
-- Ends the wait of a worker on its own list.
--
-- KEYS[1] nudge  LIST  at most one token: that worker should look
-- RETURNS "nudged"
-- ATOMICITY one token, gone after a minute
local nudge = KEYS[1]
if redis.call('LLEN', nudge) == 0 then redis.call('LPUSH', nudge, 1) end
redis.call('PEXPIRE', nudge, 60000)
return 'nudged'
