import { historyText, QueueKeys, recordText, type ScriptName } from '@app/testing';
import type { Planted } from './planted-partition.js';

const FIXED = 'workers processing:w1';
const LOW = 'ready:low scheduled:low wake:low wake-timer:low';
const DEAD = 'dead jobs history dead-groups';
const SOLO = 'history dead dead-groups quarantine:low';
const WORKERS =
  'processing:w1 cancels:w1 processing:idle cancels:idle processing:alone cancels:alone processing:gone cancels:gone';
const PLACES = 'completed ready:low quarantine:low parked:low:mail.send dead scheduled:low';

/**
 * Calls of every script that go all the way on what `plantAll` planted; together they reach every command of the script. Each
 * is its keys without their tag, then its arguments; words in capitals stand for what {@link wordsOf} says. A new script is not
 * done before it is here and in the table of the spec.
 */
const CALLS: Readonly<Record<ScriptName, readonly (readonly [keys: string, args: string])[]>> = {
  advance: [
    [
      `${FIXED} control jobs history completed outcome paused ${LOW} quarantine:low`,
      'w1 0 1 2 1 low 1 1 1 held CLAIM OUTCOME',
    ],
  ],
  answer: [[`${FIXED} jobs history bench:run`, 'w1 held CLAIM 1 LATER']],
  'append-audit': [['audit', '1000 phase result']],
  'bench-enqueue': [['jobs paused ready:idle wake:idle', 'idle 10 TAIL bench-run-0']],
  'bench-withdraw': [['jobs history ready:low scheduled:low bench:run', '1000 waiting later']],
  'cancel-running': [['processing:w1 cancels:w1 nudge:w1', 'held CLAIM REQUEST']],
  'cancel-waiting': [
    ['ready:low scheduled:low history dead dead-groups quarantine:low parked:low:mail.send', 'waiting REQUEST'],
    ['ready:low scheduled:low history dead dead-groups quarantine:low parked:low:mail.send', 'later REQUEST'],
  ],
  'claim-probe': [
    [
      'workers processing:idle control jobs history paused processing:gone parked:low:mail.send',
      'idle mail.send gone 60000 low',
    ],
  ],
  'claim-quarantined': [['workers processing:idle control jobs history paused quarantine:low', 'idle low sick']],
  'count-attempts': [['control attempts:file.digest', '60000 1000 1 0.5 file.digest 1 1 0']],
  'count-dead': [['dead', '0']],
  'end-solo': [
    [`workers processing:alone worker:alone cancels:alone ${SOLO}`, 'alone solo CLAIM alone HISTORY'],
    [`${FIXED} worker:w1 cancels:w1 ${SOLO}`, 'w1 asked CLAIM alone HISTORY'],
  ],
  enqueue: [
    [
      'producer:p1 jobs paused ready:idle scheduled:idle wake:idle wake-timer:idle unique:order-2',
      '32 10 60000 1 idle 1 1 0 1 new TAIL 1 +5000 1 new-later TAIL',
    ],
  ],
  'examine-jobs': [[`jobs history outcome workers revoked control ${PLACES}`, '4 BREAKERS 5 EVERY-WORKER waiting']],
  fail: [
    [
      `${FIXED} history failures dead dead-groups cancels:w1 scheduled:idle wake-timer:idle`,
      'w1 100 1 beef {} held CLAIM 1 1000 HISTORY 1 asked CLAIM 1 1000 HISTORY 1',
    ],
  ],
  'find-job': [
    [
      `jobs history outcome dead workers revoked failures scheduled:low ready:low ${WORKERS} processing:late cancels:late`,
      'unknown 1 EVERY-WORKER',
    ],
  ],
  'forget-partition': [['jobs ready:low dead control', '']],
  handshake: [['control', '1 1']],
  heartbeat: [[`${FIXED} cancels:w1 control`, 'w1 60000 0']],
  'import-dead': [[DEAD, 'imported NOW 1 RECORD 1 DEAD-HISTORY']],
  leave: [[`${FIXED} worker:w1 jobs history dead paused dead-groups cancels:w1 ${LOW}`, 'w1 low']],
  'list-dead': [['dead jobs history', '10 DIED a +inf facts 65536']],
  'list-groups': [['dead dead-groups failures history', 'EMPTY 10']],
  'list-waiting': [
    ['ready:low jobs', 'ready 0 10 65536'],
    ['scheduled:low jobs', 'scheduled 0 10 65536'],
  ],
  'locate-job': [['jobs workers revoked', 'waiting']],
  nudge: [['nudge:w1', '']],
  overview: [['jobs history completed dead workers revoked paused control ready:low scheduled:low quarantine:low', '']],
  park: [
    [
      `${FIXED} control history paused cancels:w1 dead dead-groups parked:low:mail.send ready:low wake:low parked:low:x ready:low wake:low`,
      'w1 2 low mail.send low x held CLAIM 1 held-too CLAIM 2 asked CLAIM 1',
    ],
  ],
  pause: [['paused', 'low {}']],
  peek: [
    ['ready:low jobs history outcome', 'right 5 100'],
    ['scheduled:low jobs history outcome', 'lowest 5 100'],
  ],
  probe: [['control', '']],
  'purge-dead': [[DEAD, 'dead DIED']],
  'purge-ready': [['ready:low jobs history', '1 100 waiting']],
  'purge-scheduled': [['scheduled:low jobs history', 'later']],
  'read-audit': [['audit', '5']],
  'read-breakers': [['control jobs history parked:low:mail.send', '']],
  'read-claims': [['processing:gone jobs history', '10']],
  'read-expiries': [['unique:order-1 producer:p1 bench:run limit:scan', '']],
  'read-fates': [['dead jobs outcome', 'waiting']],
  'read-headers': [['jobs', 'waiting']],
  'read-pauses': [['paused', '']],
  'read-quarantine': [['paused control jobs quarantine:low', '5 low']],
  'read-schema': [['control', '']],
  'read-strays': [['workers revoked processing:nobody worker:nobody', 'nobody']],
  'read-tokens': [['control paused ready:low wake:low', 'low']],
  'read-workers': [['worker:w1 processing:w1', '']],
  reap: [
    [
      `revoked processing:gone worker:gone history dead paused dead-groups cancels:gone ${LOW} quarantine:low`,
      'gone 1 low stranded CLAIM front 1 0 HISTORY held-there CLAIM bury 0 0 HISTORY',
    ],
  ],
  register: [['workers revoked worker:new', 'new 60000 host web-7']],
  release: [
    [`${FIXED} history paused cancels:w1 dead dead-groups ready:low wake:low`, 'w1 1 low held CLAIM 1 asked CLAIM 1'],
  ],
  'repair-expiry': [['unique:endless', '60000']],
  'repair-job': [
    [
      `jobs history outcome workers revoked dead-groups control ${PLACES}`,
      'next bury 0 orphaned SEEN-READY EMPTY 4 BREAKERS EVERY-WORKER',
    ],
    [
      `jobs history outcome workers revoked dead-groups control ${PLACES}`,
      'dead forget 0 EMPTY SEEN-DEAD DEAD-LINE 4 BREAKERS EVERY-WORKER',
    ],
  ],
  'repair-token': [['paused ready:low wake:low', 'low']],
  'repair-worker': [
    ['workers revoked processing:nobody worker:nobody', 'nobody'],
    ['workers revoked processing:left worker:left', 'left'],
  ],
  'requeue-dead': [['dead jobs history paused dead-groups ready:low wake:low', '1 low 1 dead DIED']],
  resume: [['paused ready:other scheduled:other wake:other wake-timer:other', 'other EMPTY']],
  retain: [['completed outcome jobs history', '0 10']],
  'scan-ids': [
    ['history jobs', 'HSCAN 0 10'],
    ['dead jobs', 'ZSCAN 0 10'],
  ],
  'scan-list': [['completed jobs', '0 10']],
  sweep: [
    ['workers revoked control', '30000 10'],
    ['workers revoked control', '1 10'],
  ],
  sync: [[`${FIXED} jobs history`, 'w1']],
  'take-token': [['limit:scan', '10 10 1']],
  unpark: [['control paused parked:low:file.digest ready:low wake:low', 'low file.digest 10']],
};

/** The scripts that there are calls of. */
export const CALLED = Object.keys(CALLS) as ScriptName[];

/** Keys and arguments of the calls of a script, to be made one after another. */
export function callsOf(name: ScriptName, planted: Planted): { readonly keys: string[]; readonly args: string[] }[] {
  const { tag } = new QueueKeys(planted.prefix, 0);
  const words = wordsOf(planted);
  return CALLS[name].map(([keys, args]) => ({
    keys: keys.split(' ').map((key) => tag + key),
    args: args === '' ? [] : args.split(' ').flatMap((word) => words[word] ?? [word]),
  }));
}

function wordsOf({ nowMs, claimedAtMs, breakers }: Planted): Readonly<Record<string, readonly string[]>> {
  const deadHistory = historyText({ reason: 'unrecoverable' });
  return {
    EMPTY: [''],
    NOW: [String(nowMs)],
    LATER: [String(nowMs + 60_000)],
    DIED: [String(claimedAtMs)],
    CLAIM: [String(claimedAtMs * 1_000)],
    BREAKERS: [breakers],
    'EVERY-WORKER': ['w1', 'idle', 'alone', 'late', 'gone'],
    HISTORY: ['- 1 0 0 0\n[]'],
    'DEAD-HISTORY': [deadHistory],
    'DEAD-LINE': [deadHistory.split('\n')[0]!],
    RECORD: [recordText()],
    TAIL: ['idle test.noop\n{}'],
    OUTCOME: ['5 w1\n'],
    REQUEST: ['"by":"ops"}'],
    'SEEN-READY': ['1 0 2'], // a record, no outcome, second place
    'SEEN-DEAD': ['1 0 5'],
  };
}
