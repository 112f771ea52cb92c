#!lua flags=no-writes
-- read-schema: no move
-- What every later start compares. Works also on a replica and while Redis cannot write: that is when people look.
--
-- KEYS[1] control  HASH  facts about the partition
-- RETURNS schema stored or "", partitions stored or ""
-- ATOMICITY reads only
local stored = redis.call('HMGET', KEYS[1], 'schema', 'partitions')
return { stored[1] or '', stored[2] or '' }
