#!lua flags=no-writes
-- read-strays: no move
-- Which of some worker ids nobody knows, and what is left of them.
--
-- KEYS[1] workers  ZSET  worker id by lease deadline, ms
-- KEYS[2] revoked  ZSET  worker id by revoked at, ms
-- KEYS[3..] processing, worker  ZSET, HASH  one pair a worker id
-- ARGV[1..] worker id
-- RETURNS one row a worker id: {1 if registered or revoked, else 0; jobs held; 1 if it still says something of itself, else 0}
-- ATOMICITY one look; writes nothing
local rows = {}
for at, id in ipairs(ARGV) do
  local isKnown = redis.call('ZSCORE', KEYS[1], id) or redis.call('ZSCORE', KEYS[2], id)
  rows[at] = { isKnown and 1 or 0, redis.call('ZCARD', KEYS[1 + 2 * at]), redis.call('EXISTS', KEYS[2 + 2 * at]) }
end
return rows
