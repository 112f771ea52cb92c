// The runs of `npm run model`: which model of docs/model, with which flags, and what spin must find. docs/model/README.md names them.
const FAULTS = ['LOSSES', 'KILLS', 'FREEZES', 'OUTAGES', 'DRAINS'];
const ROLLBACK = ['FAULTS=1', 'ROLLBACK', 'ONE_JOB'];
const ROLLBACK_AND_ONE = ['FAULTS=2', 'ROLLBACK', ...FAULTS];
const ROLLBACK_AND_TWO = ['FAULTS=3', 'ROLLBACK', ...FAULTS];

/** A run that must end without a flaw. */
const holds = (model, name, what, flags, options) => ({ model, name, what, flags, expects: 'no flaw', ...options });
/** A run with a rule left out, or beyond a promise: spin must find the flaw, else the model cannot see it. */
const breaks = (model, name, what, flags, options) => ({
  ...holds(model, name, what, flags),
  expects: 'flaw',
  isShort: true,
  ...options,
});

const short = { isShort: true };
const bounded = { isBounded: true };
const endless = { isLiveness: true };

export const MODEL_ROWS = [
  holds('core', 'core-short', 'one fault of any kind, no job fails', ['FAULTS=1', ...FAULTS, 'NONE_FAILS'], short),
  holds('core', 'core-1', 'one fault of any kind, both jobs may fail', ['FAULTS=1', ...FAULTS]),
  holds('core', 'core-2', 'two faults of any kind, one job may fail', ['FAULTS=2', ...FAULTS, 'ONE_FAILS']),
  holds('core', 'core-3', 'three faults of any kind, one job', ['FAULTS=3', ...FAULTS, 'ONE_JOB']),
  holds('core', 'core-endless', 'no endless loop after one fault', ['FAULTS=1', ...FAULTS, 'ONE_FAILS'], endless),
  holds('core', 'rollback-short', 'a rollback, one job', ['FAULTS=1', 'ROLLBACK', 'ONE_JOB'], short),
  holds('core', 'rollback-1', 'a rollback, one of two jobs may fail', ['FAULTS=1', 'ROLLBACK', 'ONE_FAILS']),
  holds('core', 'rollback-2-one', 'and one fault of any kind, one job', [...ROLLBACK_AND_ONE, 'ONE_JOB']),
  holds('core', 'rollback-2-two', 'and one fault of any kind, two jobs, none fails', [
    ...ROLLBACK_AND_ONE,
    'NONE_FAILS',
  ]),
  holds('core', 'rollback-2', 'the same, one of two jobs may fail', [...ROLLBACK_AND_ONE, 'ONE_FAILS'], bounded),
  holds('core', 'rollback-3-one', 'and two faults, one job that does not fail', [
    ...ROLLBACK_AND_TWO,
    'ONE_JOB',
    'NONE_FAILS',
  ]),
  holds('core', 'rollback-3', 'and two faults, one job', [...ROLLBACK_AND_TWO, 'ONE_JOB'], bounded),
  breaks('core', 'core-no-1', 'without rule 1', [...ROLLBACK, 'WITHOUT_RULE_1']),
  ...[2, 3, 4, 7].map((rule) =>
    breaks('core', `core-no-${rule}`, `without rule ${rule}`, ['FAULTS=1', 'LOSSES', `WITHOUT_RULE_${rule}`]),
  ),
  breaks('core', 'core-no-memory', 'without the outcomes of rule 4', [...ROLLBACK, 'WITHOUT_RULE_4_MEMORY']),
  breaks('core', 'core-no-older', 'without the older claims of rule 4', [...ROLLBACK, 'WITHOUT_RULE_4_OLDER']),
  ...[9, 12].map((rule) =>
    breaks('core', `core-no-${rule}`, `without rule ${rule}`, ['FAULTS=1', 'FREEZES', `WITHOUT_RULE_${rule}`]),
  ),
  breaks('core', 'core-no-13', 'without rule 13', ['FAULTS=1', 'OUTAGES', 'ONE_JOB', 'WITHOUT_RULE_13']),
  breaks('core', 'core-no-14', 'without rule 14', ['FAULTS=2', 'LOSSES', 'DRAINS', 'ONE_JOB', 'WITHOUT_RULE_14']),

  holds('partitions', 'partitions-1', 'one slot, six faults', ['SLOTS=1', 'FAULTS=6'], short),
  holds('partitions', 'partitions-2', 'two slots, five faults', ['SLOTS=2', 'FAULTS=5'], short),
  breaks('partitions', 'partitions-no-6', 'without rule 6', ['SLOTS=1', 'WITHOUT_RULE_6']),
  breaks('partitions', 'partitions-no-10', 'without rule 10', ['SLOTS=2', 'WITHOUT_RULE_10']),
  breaks('partitions', 'partitions-no-11', 'without rule 11', ['SLOTS=2', 'WITHOUT_RULE_11']),

  holds('producer', 'producer-short', 'five batches, three losses', [], short),
  holds('producer', 'producer', 'six batches, four losses', ['BATCHES=6', 'LOSSES=4']),
  breaks('producer', 'producer-no-16', 'without rule 16', ['WITHOUT_RULE_16']),
  breaks('producer', 'producer-no-stale', 'without the refusal of old numbers', ['WITHOUT_STALE']),
  breaks('producer', 'producer-expired', 'a call later than the answers are kept', ['EXPIRES']),
  breaks('producer', 'producer-stale', '"stale" is told as refused', ['STALE_IS_REFUSED']),

  holds('quarantine', 'quarantine', 'two kills from outside', ['KILLS=2'], short),
  ...[18, 19, 20].map((rule) =>
    breaks('quarantine', `quarantine-no-${rule}`, `without rule ${rule}`, ['KILLS=2', `WITHOUT_RULE_${rule}`]),
  ),
  breaks('quarantine', 'quarantine-3', 'three kills from outside: rule 21', ['KILLS=3']),

  holds('wake', 'wake-short', 'one pause or drain', ['JOBS=3', 'PAUSES=1'], short),
  holds('wake', 'wake', 'pauses, drains, a crash, failures', ['JOBS=3', 'PAUSES=2', 'CRASHES=1', 'FAILURES=1']),
  holds('wake', 'wake-endless', 'no loop in which no time passes', ['JOBS=2', 'PAUSES=2', 'ENDLESS'], endless),
  breaks(
    'wake',
    'wake-no-pauses',
    'tokens for paused queues',
    ['JOBS=2', 'PAUSES=2', 'ENDLESS', 'WITHOUT_PAUSES'],
    endless,
  ),
  ...[23, 24, 25, 26, 27].map((rule) =>
    breaks('wake', `wake-no-${rule}`, `without rule ${rule}`, ['PAUSES=2', 'FAILURES=1', `WITHOUT_RULE_${rule}`]),
  ),

  holds('breaker', 'breaker-short', 'one fault, one failure', ['FAULTS=1', 'FAILURES=1'], short),
  holds('breaker', 'breaker', 'two faults, three failures', ['FAULTS=2', 'FAILURES=3']),
  breaks('breaker', 'breaker-no-names', 'lists that nobody names', ['WITHOUT_NAMED_LISTS']),
  breaks('breaker', 'breaker-no-lease', 'nobody asks who probes', ['WITHOUT_ONE_PROBE']),
  breaks('breaker', 'breaker-no-reading', 'a claim without the breakers', ['WITHOUT_BREAKERS_IN_THE_CLAIM']),
  breaks('breaker', 'breaker-overlap', 'probes of two half-open times', ['PROBES_NEVER_OVERLAP']),
];
