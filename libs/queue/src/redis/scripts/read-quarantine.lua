#!lua flags=no-writes
-- read-quarantine: no move
-- The first quarantined jobs of each queue that is not paused, so that a worker can start a process for one of them; without
-- those whose kind has a breaker that is not closed.
--
-- KEYS[1] paused   HASH  queue -> pause
-- KEYS[2] control  HASH  breakers
-- KEYS[3] jobs     HASH  id -> record
-- KEYS[4..] quarantine  LIST  one a queue, the next to run right
-- ARGV[1] most  ids named of a queue
-- ARGV[2..] queue  their names
-- RETURNS a list of ids a queue, the next to run last
-- ATOMICITY one look; writes nothing
local paused, control, jobs = KEYS[1], KEYS[2], KEYS[3]
local breakers, found = '\n' .. (redis.call('HGET', control, 'breakers') or ''), {}

local function must_wait(id)
  local kind = string.match(string.sub(redis.call('HGET', jobs, id) or '', 1, 512), '^%d+ %d+ %S+ ([^ \n]+)')
  local _, last = string.find(breakers, '\n' .. (kind or '') .. ' ', 1, true)
  return last and string.sub(breakers, last + 1, last + 6) ~= 'closed'
end

for queue = 4, #KEYS do
  local name = ARGV[queue - 2]
  local ids = redis.call('HEXISTS', paused, name) == 1 and {} or redis.call('LRANGE', KEYS[queue], -ARGV[1], -1)
  found[queue - 3] = {}
  for _, id in ipairs(ids) do
    if breakers == '\n' or not must_wait(id) then table.insert(found[queue - 3], id) end
  end
end
return found
