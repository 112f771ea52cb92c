#!lua
-- take-token: no move
-- Takes tokens from a bucket that every process shares. The bucket is a time (GCRA): when it would be full again.
--
-- KEYS[1] limit  HASH  full: ms with fraction
-- ARGV[1] tokens a second
-- ARGV[2] tokens the bucket holds
-- ARGV[3] tokens wanted
-- RETURNS tokens taken, ms until the next one
-- ATOMICITY one read, one write
local perToken, size, wanted = 1000 / tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local full = math.max(tonumber(redis.call('HGET', KEYS[1], 'full') or 0), now)
if full > now + size * perToken then full = now + size * perToken end
local left = math.floor(size - (full - now) / perToken + 0.000001)
local taken = math.min(wanted, left)
full = full + taken * perToken
redis.call('HSET', KEYS[1], 'full', string.format('%.3f', full))
redis.call('PEXPIRE', KEYS[1], math.ceil(size * perToken) + 60000)
local wait = taken < wanted and math.max(1, math.ceil(full - now - (size - 1) * perToken)) or 0
return { taken, wait }
