#!lua flags=no-writes
-- locate-job: no move
-- What find-job must know before it can name its keys: the queue in the record, and the workers that may hold the job.
--
-- KEYS[1] jobs     HASH  id -> record
-- KEYS[2] workers  ZSET  worker id by lease deadline, ms
-- KEYS[3] revoked  ZSET  worker id by revoked at, ms
-- ARGV[1] id
-- RETURNS {first line of the record or false, worker ids, revoked worker ids}
-- ATOMICITY one look; writes nothing
local jobs, workers, revoked = KEYS[1], KEYS[2], KEYS[3]
local id = ARGV[1]

local record = redis.call('HGET', jobs, id)
return {
  record and string.match(string.sub(record, 1, 512), '^[^\n]*'),
  redis.call('ZRANGE', workers, 0, -1),
  redis.call('ZRANGE', revoked, 0, -1),
}
