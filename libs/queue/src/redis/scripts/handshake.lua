#!lua flags=allow-oom
-- handshake: no move
-- Fixes schema and partition count at the first start; every later start compares.
--
-- KEYS[1] control  HASH  facts about the partition
-- ARGV[1] create (write what is missing) or compare (write nothing)
-- ARGV[2] schema this app writes
-- ARGV[3] partitions this app has
-- RETURNS schema stored, partitions stored; the caller's own where none is stored
-- ATOMICITY what is stored is never overwritten
if ARGV[1] == 'create' then
  redis.call('HSETNX', KEYS[1], 'schema', ARGV[2])
  redis.call('HSETNX', KEYS[1], 'partitions', ARGV[3])
end
local stored = redis.call('HMGET', KEYS[1], 'schema', 'partitions')
return { stored[1] or ARGV[2], stored[2] or ARGV[3] }
