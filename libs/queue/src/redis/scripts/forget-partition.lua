#!lua flags=allow-oom
-- forget-partition: ready -> gone, scheduled -> gone, processing -> gone, completed -> gone, dead -> gone
-- The end of all jobs of a partition, for development: its keys in one step, so that no worker sees half of them.
--
-- KEYS[1..] key  any type
-- RETURNS keys that were there
-- ATOMICITY one write
return redis.call('UNLINK', unpack(KEYS))
