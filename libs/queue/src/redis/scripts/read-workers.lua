#!lua flags=no-writes
-- read-workers: no move
-- What some workers say of themselves, and how much they hold. Who left meanwhile has no host.
--
-- KEYS[1..] worker, processing  HASH, ZSET  one pair a worker
-- RETURNS one row a worker: {host, pid, version, queues, slots, started at, held jobs, oldest claim number,
--         lease ms}
-- ATOMICITY one look; writes nothing
local rows = {}
for index = 1, #KEYS, 2 do
  local worker, processing = KEYS[index], KEYS[index + 1]
  local row = redis.call('HMGET', worker, 'host', 'pid', 'version', 'queues', 'slots', 'startedAtMs')
  row[7] = redis.call('ZCARD', processing)
  row[8] = redis.call('ZRANGE', processing, 0, 0, 'WITHSCORES')[2] or false
  row[9] = redis.call('HGET', worker, 'leaseMs')
  rows[#rows + 1] = row
end
return rows
