#!lua flags=allow-oom
-- heartbeat: no move
-- Renews the lease of a worker, and with it of every job it holds. Never creates one. Names claims that look forgotten.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- ARGV[1] worker id
-- ARGV[2] lease, ms
-- ARGV[3] age from which a claim is named, ms
-- RETURNS "LOST", or: now ms, id, claim number  one pair a claim older than that
-- ATOMICITY the registration is checked before the write
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local old = redis.call('ZRANGE', KEYS[2], '-inf', string.format('%.0f', micros - tonumber(ARGV[3]) * 1000), 'BYSCORE', 'WITHSCORES')
return { string.format('%.0f', now), unpack(old) }
