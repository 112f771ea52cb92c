#!lua flags=allow-oom
-- append-audit: no move
-- Adds an entry to the audit trail, also when memory is full: what frees it must leave its trace.
--
-- KEYS[1] audit  STREAM
-- ARGV[1] most entries to keep, about
-- ARGV[2..] field, text  one pair a field
-- RETURNS the id of the entry: ms of the Redis clock, a number
-- ATOMICITY one write
local audit, most = KEYS[1], ARGV[1]

return redis.call('XADD', audit, 'MAXLEN', '~', most, '*', unpack(ARGV, 2))
