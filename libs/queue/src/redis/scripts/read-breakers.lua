#!lua flags=no-writes
-- read-breakers: no move
-- What is kept of breakers, and how many jobs some lists of parked ones hold.
--
-- KEYS[1] control  HASH  breakers
-- KEYS[2] jobs     HASH  id -> record
-- KEYS[3] history  HASH  id -> history
-- KEYS[4..] parked  LIST  ids, the next to run right
-- RETURNS {breakers, one row a list}: {length, first line of the record and of the history of the next to run, or false}
-- ATOMICITY one look; writes nothing
local control, jobs, history = KEYS[1], KEYS[2], KEYS[3]

local function first_line(text)
  return text and string.match(string.sub(text, 1, 512), '^[^\n]*')
end

local rows = {}
for at = 4, #KEYS do
  local id = redis.call('LINDEX', KEYS[at], -1)
  rows[at - 3] = {
    redis.call('LLEN', KEYS[at]),
    id and first_line(redis.call('HGET', jobs, id)) or false,
    id and first_line(redis.call('HGET', history, id)) or false,
  }
end
return { redis.call('HGET', control, 'breakers') or '', rows }
