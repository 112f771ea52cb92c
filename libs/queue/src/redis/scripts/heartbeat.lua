#!lua flags=allow-oom
-- heartbeat: no move
-- Renews the lease of a worker, and with it of every job it holds. Never creates one. Names claims that look forgotten, and
-- jobs that it should end.
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] cancels     HASH  id -> claim number, trail entry: what the caller is asked to end
-- KEYS[4] control     HASH  breakers
-- ARGV[1] worker id
-- ARGV[2] lease, ms
-- ARGV[3] age from which a claim is named, ms
-- RETURNS "LOST", or: now ms, id and claim number of claims older than that, id and request of jobs to end,
--         breakers
-- ATOMICITY the registration is checked before the first write
local workers, processing, cancels, control = unpack(KEYS, 1, 4)
if not redis.call('ZSCORE', workers, ARGV[1]) then return { 'LOST' } end
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
redis.call('ZADD', workers, string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
local old = redis.call('ZRANGE', processing, '-inf', string.format('%.0f', micros - tonumber(ARGV[3]) * 1000), 'BYSCORE', 'WITHSCORES')

local asked = {}
for at, text in ipairs(redis.call('HGETALL', cancels)) do asked[at] = text end
local open = {}
for at = 1, #asked, 2 do
  local held = redis.call('ZSCORE', processing, asked[at])
  if held and tonumber(held) == tonumber(string.match(asked[at + 1], '^%d+')) then
    open[#open + 1] = asked[at]
    open[#open + 1] = asked[at + 1]
  else
    redis.call('HDEL', cancels, asked[at])
  end
end
return { string.format('%.0f', now), old, open, redis.call('HGET', control, 'breakers') or '' }
