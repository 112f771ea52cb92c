#!lua flags=no-writes
-- read-quarantine: no move
-- The first quarantined jobs of each queue that is not paused, so that a worker can start a process for one of them.
--
-- KEYS[1] paused  HASH  queue -> pause
-- KEYS[2..] quarantine  LIST  one a queue, the next to run right
-- ARGV[1] most  ids named of a queue
-- ARGV[2..] queue  their names
-- RETURNS a list of ids a queue, the next to run last
-- ATOMICITY one look; writes nothing
local paused, found = KEYS[1], {}
for queue = 2, #KEYS do
  local isPaused = redis.call('HEXISTS', paused, ARGV[queue]) == 1
  found[queue - 1] = isPaused and {} or redis.call('LRANGE', KEYS[queue], -ARGV[1], -1)
end
return found
