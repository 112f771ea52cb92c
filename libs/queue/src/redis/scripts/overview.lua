#!lua flags=no-writes
-- overview: no move
-- Counts of one partition, and of each queue what its oldest due job tells. A fixed number of commands a queue.
--
-- KEYS[1] jobs       HASH  id -> record
-- KEYS[2] history    HASH  id -> history
-- KEYS[3] completed  LIST
-- KEYS[4] dead       ZSET  id by died at, ms
-- KEYS[5] workers    ZSET  worker id by lease deadline, ms
-- KEYS[6] revoked    ZSET  worker id by revoked at, ms
-- KEYS[7] paused     HASH  queue -> why
-- KEYS[8] control    HASH  breakers
-- KEYS[9..] ready, scheduled, quarantine  LIST, ZSET, LIST  one group a queue
-- RETURNS {now ms, completed, dead, oldest died at, paused, workers, revoked, breakers, rows}; paused as field, value;
--   workers and revoked as member, score; a row a queue: {ready, scheduled, overdue, first due at, header, history head,
--   quarantined}, header and history of the next job, one that is not quarantined before one that is
-- ATOMICITY one look; writes nothing
local jobs, history, completed, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local workers, revoked, paused, control = KEYS[5], KEYS[6], KEYS[7], KEYS[8]

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function first_line(text)
  return text and string.match(string.sub(text, 1, 512), '^[^\n]*')
end

local rows = {}
for index = 9, #KEYS, 3 do
  local ready, scheduled, quarantine = KEYS[index], KEYS[index + 1], KEYS[index + 2]
  local id = redis.call('LINDEX', ready, -1) or redis.call('LINDEX', quarantine, -1)
  rows[#rows + 1] = {
    redis.call('LLEN', ready),
    redis.call('ZCARD', scheduled),
    redis.call('ZCOUNT', scheduled, '-inf', now),
    redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')[2] or false,
    id and first_line(redis.call('HGET', jobs, id)) or false,
    id and first_line(redis.call('HGET', history, id)) or false,
    redis.call('LLEN', quarantine),
  }
end

return {
  now,
  redis.call('LLEN', completed),
  redis.call('ZCARD', dead),
  redis.call('ZRANGE', dead, 0, 0, 'WITHSCORES')[2] or false,
  redis.call('HGETALL', paused),
  redis.call('ZRANGE', workers, 0, -1, 'WITHSCORES'),
  redis.call('ZRANGE', revoked, 0, -1, 'WITHSCORES'),
  redis.call('HGET', control, 'breakers') or '',
  rows,
}
