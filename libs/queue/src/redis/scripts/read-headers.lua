#!lua flags=no-writes
-- read-headers: no move
-- What requeue-dead must know before it can name its keys.
--
-- KEYS[1] jobs  HASH  id -> record
-- ARGV[1..] id  <= 500
-- RETURNS one entry an id: the first line of its record, or false
-- ATOMICITY one look; writes nothing
local jobs = KEYS[1]

local lines = {}
for index, id in ipairs(ARGV) do
  local record = redis.call('HGET', jobs, id)
  lines[index] = record and string.match(string.sub(record, 1, 512), '^[^\n]*')
end
return lines
