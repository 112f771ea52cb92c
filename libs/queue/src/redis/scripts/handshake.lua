#!lua flags=allow-oom
-- handshake: no move
-- Fixes schema and partition count at the first start.
--
-- KEYS[1] control  HASH  facts about the partition
-- ARGV[1] schema this app writes
-- ARGV[2] partitions this app has
-- RETURNS schema stored, partitions stored
-- ATOMICITY what is stored is never overwritten
redis.call('HSETNX', KEYS[1], 'schema', ARGV[1])
redis.call('HSETNX', KEYS[1], 'partitions', ARGV[2])
return redis.call('HMGET', KEYS[1], 'schema', 'partitions')
