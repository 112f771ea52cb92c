#!lua flags=no-writes
-- find-job: no move
-- The state of one id by elimination, and all that is stored of it. A job without a record is still found, in a ready
-- list among the next 1000.
--
-- KEYS[1] jobs     HASH  id -> record
-- KEYS[2] history  HASH  id -> history
-- KEYS[3] outcome  HASH  id -> outcome
-- KEYS[4] dead     ZSET  id by died at, ms
-- KEYS[5] workers  ZSET  worker id by lease deadline, ms
-- KEYS[6] revoked  ZSET  worker id by revoked at, ms
-- KEYS[7] failures  HASH  fingerprint -> counts and error
-- KEYS[8..] scheduled, ready  ZSET, LIST  one pair a queue; then processing, cancels  ZSET, HASH  one pair a worker, in the
--   order of ARGV[3..]
-- ARGV[1] id
-- ARGV[2] queues   how many pairs
-- ARGV[3..] worker id  all workers, registered and revoked
-- RETURNS again (the workers are others by now) | {state or absent, record, history, outcome, score, where, failures, request}; score
--   is the died at, due time or claim number; where counts KEYS from 8, or 0; failures as fingerprint, text or false;
--   request says who wants the claim to end
-- ATOMICITY one look; writes nothing
local jobs, history, outcome, dead, workers, revoked, failures = unpack(KEYS, 1, 7)
local id, queues = ARGV[1], tonumber(ARGV[2])

local known = #ARGV - 2
if redis.call('ZCARD', workers) + redis.call('ZCARD', revoked) ~= known then return 'again' end
for index = 3, #ARGV do
  local name = ARGV[index]
  if not (redis.call('ZSCORE', workers, name) or redis.call('ZSCORE', revoked, name)) then return 'again' end
end

local record = redis.call('HGET', jobs, id)
local function answer(state, score, where, request)
  local past, errors = redis.call('HGET', history, id), {}
  for fingerprint in string.gmatch(past or '', '"fingerprint":"(%x+)"') do
    errors[#errors + 1] = fingerprint
    errors[#errors + 1] = redis.call('HGET', failures, fingerprint)
  end
  return { state, record, past, redis.call('HGET', outcome, id), score, where, errors, request or false }
end

if redis.call('HEXISTS', outcome, id) == 1 then return answer('completed', false, 0) end
local died = redis.call('ZSCORE', dead, id)
if died then return answer('dead', died, 0) end
for index = 8, 6 + 2 * queues, 2 do
  local due = redis.call('ZSCORE', KEYS[index], id)
  if due then return answer('scheduled', due, index - 7) end
end
for index = 8 + 2 * queues, #KEYS, 2 do
  local claim = redis.call('ZSCORE', KEYS[index], id)
  if claim then return answer('processing', claim, index - 7, redis.call('HGET', KEYS[index + 1], id)) end
end
if record then return answer('ready', false, 0) end
for index = 9, 7 + 2 * queues, 2 do
  if redis.call('LPOS', KEYS[index], id, 'RANK', -1, 'MAXLEN', 1000) then return answer('ready', false, index - 7) end
end
return answer('absent', false, 0)
