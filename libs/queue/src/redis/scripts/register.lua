#!lua flags=allow-oom
-- register: no move
-- Makes a fresh worker id known. Never renews one: an id that is known, or being revoked, is refused.
--
-- KEYS[1] workers  ZSET  worker id by lease deadline
-- KEYS[2] revoked  ZSET  worker ids whose jobs are being taken back
-- KEYS[3] worker   HASH  what the caller says of itself
-- ARGV[1] worker id
-- ARGV[2] lease, ms
-- ARGV[3..] field, value  what the caller says of itself
-- RETURNS "TAKEN", or: now ms
-- ATOMICITY both checks come before the first write
if redis.call('ZSCORE', KEYS[1], ARGV[1]) or redis.call('ZSCORE', KEYS[2], ARGV[1]) then return { 'TAKEN' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[3], 'startedAtMs', string.format('%.0f', now), unpack(ARGV, 3))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
return { string.format('%.0f', now) }
