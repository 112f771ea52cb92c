#!lua flags=allow-oom
-- claim-quarantined: ready -> processing
-- Gives one quarantined job to the process that was started for it, and that runs nothing else (rule 19).
--
-- KEYS[1] workers     ZSET  worker id by lease deadline
-- KEYS[2] processing  ZSET  job id by claim number: what the caller holds
-- KEYS[3] control     HASH  last claim number
-- KEYS[4] jobs        HASH  id -> record
-- KEYS[5] history     HASH  id -> history
-- KEYS[6] paused      HASH  queue -> pause
-- KEYS[7] quarantine  LIST  ids, the next to run right
-- ARGV[1] worker id
-- ARGV[2] queue
-- ARGV[3] job id
-- RETURNS "LOST", "busy" (the caller holds a job), "paused", "gone" (the job is not there), or: now ms, claim number, record
--         or "", history or ""
-- ATOMICITY all checks before the first write; destination, then source
local workers, processing, control, jobs, history, paused, quarantine = unpack(KEYS, 1, 7)
local workerId, queue, id = ARGV[1], ARGV[2], ARGV[3]
if not redis.call('ZSCORE', workers, workerId) then return { 'LOST' } end
if redis.call('EXISTS', processing) == 1 then return { 'busy' } end
if redis.call('HEXISTS', paused, queue) == 1 then return { 'paused' } end
if not redis.call('LPOS', quarantine, id) then return { 'gone' } end

local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local number = string.format('%.0f', math.max(micros, tonumber(redis.call('HGET', control, 'claim') or 0) + 1))
redis.call('HSET', control, 'claim', number)
redis.call('ZADD', processing, number, id)
redis.call('LREM', quarantine, -1, id)
local now = string.format('%.0f', math.floor(micros / 1000))
return { now, number, redis.call('HGET', jobs, id) or '', redis.call('HGET', history, id) or '' }
