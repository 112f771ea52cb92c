#!lua flags=no-writes
-- examine-jobs: no move
-- Every place of some ids, in one look over all places of a partition. Reads whole lists: for a few ids, by the doctor.
--
-- KEYS[1] jobs     HASH  id -> record
-- KEYS[2] history  HASH  id -> history
-- KEYS[3] outcome  HASH  id -> outcome
-- KEYS[4] workers  ZSET  worker id by lease deadline, ms
-- KEYS[5] revoked  ZSET  worker id by revoked at, ms
-- KEYS[6] control  HASH  breakers
-- KEYS[7..] places  completed, then ready, quarantine, parked  LISTs; then dead, then scheduled, processing  ZSETs
-- ARGV[1] lists    how many of the places are lists
-- ARGV[2] breakers   as they were when their lists of parked jobs were named
-- ARGV[3] workers  how many worker ids follow: all that are registered or revoked
-- ARGV[4..] worker ids, then job ids
-- RETURNS again (the workers or the breakers are others by now), or one row an id: {1 if it has a record, 1 if it has an outcome, first line
--   of its history or false, places counted from KEYS[7], one a time it is there}
-- ATOMICITY one look; writes nothing
local jobs, history, outcome, workers, revoked, control = unpack(KEYS, 1, 6)
local lists, known = tonumber(ARGV[1]), tonumber(ARGV[3])
if (redis.call('HGET', control, 'breakers') or '') ~= ARGV[2] then return 'again' end
if redis.call('ZCARD', workers) + redis.call('ZCARD', revoked) ~= known then return 'again' end
for at = 4, 3 + known do
  if not (redis.call('ZSCORE', workers, ARGV[at]) or redis.call('ZSCORE', revoked, ARGV[at])) then return 'again' end
end

local function places_of(id)
  local places = {}
  for at = 7, 6 + lists do
    for _ = 1, #redis.call('LPOS', KEYS[at], id, 'COUNT', 0) do places[#places + 1] = at - 6 end
  end
  for at = 7 + lists, #KEYS do
    if redis.call('ZSCORE', KEYS[at], id) then places[#places + 1] = at - 6 end
  end
  return places
end

local rows = {}
for at = 4 + known, #ARGV do
  local id = ARGV[at]
  local past = redis.call('HGET', history, id)
  rows[#rows + 1] = {
    redis.call('HEXISTS', jobs, id),
    redis.call('HEXISTS', outcome, id),
    past and string.match(past, '^[^\n]*'),
    places_of(id),
  }
end
return rows
