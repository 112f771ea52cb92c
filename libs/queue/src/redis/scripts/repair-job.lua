#!lua flags=allow-oom
-- repair-job: no move
-- Brings one broken job back to exactly one place, or to none when nothing of it is left to run. No move of the state
-- machine: it starts from what must not be. It looks at all places again, as `examine-jobs` did, and writes only when
-- they are still those that were seen.
--
-- KEYS[1] jobs     HASH  id -> record
-- KEYS[2] history  HASH  id -> history
-- KEYS[3] outcome  HASH  id -> outcome
-- KEYS[4] workers  ZSET  worker id by lease deadline, ms
-- KEYS[5] revoked  ZSET  worker id by revoked at, ms
-- KEYS[6] groups   ZSET  group, died at, id: the dead in lexical order
-- KEYS[7] control  HASH  breakers
-- KEYS[8..] places  completed, then ready, quarantine, parked  LISTs; then dead, then scheduled, processing  ZSETs
-- ARGV[1] id
-- ARGV[2] verb     keep (one place; an outcome only with completed) | bury (in the dead set) | forget (all but a record)
-- ARGV[3] keep     the place to keep, counted from KEYS[8]; 0: none
-- ARGV[4] reason   of a bury
-- ARGV[5] seen     1 or 0 (record), 1 or 0 (outcome), then its places counted from KEYS[8], by blanks
-- ARGV[6] past     first line of its history that was seen, or empty
-- ARGV[7] lists    how many of the places are lists
-- ARGV[8] breakers as they were when their lists of parked jobs were named
-- ARGV[9..] worker ids  all that are registered or revoked
-- RETURNS repaired | changed (it is not as it was seen: nothing was written)
-- ATOMICITY every check comes first; history, destination, then the places it leaves, then what describes it
local jobs, history, outcome, workers, revoked, groups, control = unpack(KEYS, 1, 7)
local id, verb, keep, reason, seen, seen_past, lists = unpack(ARGV, 1, 7)
keep, lists = tonumber(keep), tonumber(lists)
local dead = KEYS[8 + lists]
if redis.call('ZCARD', workers) + redis.call('ZCARD', revoked) ~= #ARGV - 8 then return 'changed' end
if (redis.call('HGET', control, 'breakers') or '') ~= ARGV[8] then return 'changed' end
for at = 9, #ARGV do
  if not (redis.call('ZSCORE', workers, ARGV[at]) or redis.call('ZSCORE', revoked, ARGV[at])) then return 'changed' end
end

local history_text, places = redis.call('HGET', history, id) or '', {}
for at = 8, 7 + lists do
  for _ = 1, #redis.call('LPOS', KEYS[at], id, 'COUNT', 0) do places[#places + 1] = at - 7 end
end
for at = 8 + lists, #KEYS do
  if redis.call('ZSCORE', KEYS[at], id) then places[#places + 1] = at - 7 end
end
local found = { redis.call('HEXISTS', jobs, id), redis.call('HEXISTS', outcome, id), unpack(places) }
if table.concat(found, ' ') ~= seen or string.match(history_text, '^[^\n]*') ~= seen_past then return 'changed' end

-- the index of the dead by group (ADR 0012): the fingerprint of the last trouble, else the reason
local function group_entry(past, died_at, id)
  local last = string.match(past, '^.*"atMs":(.*)$') or ''
  local group = string.match(last, '"fingerprint":"([^"]*)"') or string.match(past, '^%S+') or '-'
  return string.format('%s %015.0f %s', group, tonumber(died_at), id)
end

local past = string.match(history_text, '^1 %d+ (.*)$')
local died_at = redis.call('ZSCORE', dead, id)
if died_at then redis.call('ZREM', groups, group_entry(past or '', died_at, id)) end
if verb == 'bury' then
  local time = redis.call('TIME')
  local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
  died_at = died_at or now
  past = string.gsub(past or '- 0 0 0 0\n[]', '^%S+', reason, 1)
  redis.call('HSET', history, id, '1 ' .. now .. ' ' .. past)
  redis.call('ZADD', dead, died_at, id)
  keep = lists + 1
end
if keep == lists + 1 then redis.call('ZADD', groups, 0, group_entry(past or '', died_at, id)) end

local kept = false
for _, place in ipairs(places) do
  if place == keep and not kept then
    kept = true
  elseif place <= lists then
    redis.call('LREM', KEYS[7 + place], 1, id)
  else
    redis.call('ZREM', KEYS[7 + place], id)
  end
end
if keep ~= 1 then redis.call('HDEL', outcome, id) end
if verb == 'forget' then redis.call('HDEL', history, id) end
return 'repaired'
