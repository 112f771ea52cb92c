#!lua flags=no-writes
-- read-audit: no move
-- The newest entries of the audit trail, the newest first.
--
-- KEYS[1] audit  STREAM
-- ARGV[1] how many
-- RETURNS one pair an entry: its id, its fields and texts
-- ATOMICITY reads only
local audit, count = KEYS[1], ARGV[1]

return redis.call('XREVRANGE', audit, '+', '-', 'COUNT', count)
