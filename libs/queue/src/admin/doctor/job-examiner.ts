import type { QueueKeys } from '../../redis/queue-keys.js';
import type { ScriptRunner } from '../../redis/script-runner.js';
import { RedisUnavailableError } from '../../errors/redis-unavailable.error.js';
import { parkedIn, readBreakers } from '../parked.js';
import { slicesOf } from '../reply.js';
import type { ExaminedJob, JobFault } from './finding.js';
import { faultOf } from './job-fault.js';
import { listsIn, placesOf, union, type Place, type PlaceNames } from './places.js';

/** List entries that one call should compare, about 5 ms; a single suspect of a longer list takes what it takes. */
const ENTRIES_A_CALL = 50_000;
const IDS_A_CALL = 100;
/** How often workers may come and go, and breakers change, during one look. */
const MOST_LOOKS = 10;

type ExamineRow = readonly [hasRecord: number, hasOutcome: number, history: string | null, places: number[]];

/** The living and the revoked of one partition. */
type WorkersReply = readonly [header: string | null, workers: string[], revoked: string[]];

/** Looks at single jobs of one partition, each at one instant, and mends them under the same look. */
export class JobExaminer {
  constructor(
    private readonly runner: ScriptRunner,
    private readonly keys: QueueKeys,
    /** What was found by name; workers that are registered now, and lists that breakers name now, come by themselves. */
    private readonly names: PlaceNames,
  ) {}

  /** Faults of those ids that are broken at this instant. */
  async faults(ids: readonly string[], entries: number, onStep: (done: number) => void): Promise<JobFault[]> {
    const size = Math.max(1, Math.min(IDS_A_CALL, Math.floor(ENTRIES_A_CALL / Math.max(1, entries))));
    const faults: JobFault[] = [];
    let done = 0;
    for (const some of slicesOf(ids, size)) {
      faults.push(...(await this.examine(some)));
      onStep((done += some.length));
    }
    return faults;
  }

  /** @returns whether it was repaired; false: it is not as it was seen any more. */
  async repair({ verb, keep, reason, seen }: JobFault): Promise<boolean> {
    const { jobs, history, outcome, workers, revoked, deadGroups, control } = this.keys;
    const { known, breakers, all } = await this.placesNow();
    const numberOf = (name: string): number => all.findIndex((place) => place.name === name) + 1;
    const places = seen.places.map(numberOf).toSorted((one, other) => one - other);
    const evidence = [Number(seen.hasRecord), Number(seen.hasOutcome), ...places].join(' ');
    const fixed = [jobs, history, outcome, workers, revoked, deadGroups, control];
    const args = [seen.id, verb, String(numberOf(keep)), reason, evidence, seen.history ?? ''];
    const word = await this.runner.run(
      'repair-job',
      [...fixed, ...all.map(({ key }) => key)],
      [...args, String(listsIn(all)), breakers, ...known],
    );
    return word === 'repaired';
  }

  private async examine(ids: readonly string[]): Promise<JobFault[]> {
    const { jobs, history, outcome, workers, revoked, control } = this.keys;
    for (let look = 0; look < MOST_LOOKS; look++) {
      const { known, breakers, all } = await this.placesNow();
      const rows = (await this.runner.run(
        'examine-jobs',
        [jobs, history, outcome, workers, revoked, control, ...all.map(({ key }) => key)],
        [String(listsIn(all)), breakers, String(known.length), ...known, ...ids],
      )) as ExamineRow[] | 'again';
      if (rows === 'again') continue;
      const nameOf = (place: number): string => all[place - 1]?.name ?? '';
      const living = new Set(known);
      return ids.flatMap((id, at) => faultOf(readRow(id, rows[at], nameOf), living) ?? []);
    }
    throw new RedisUnavailableError('not-sent', `workers came and went during ${MOST_LOOKS} looks at suspects`);
  }

  /** Every place as far as it is known now; the script that gets them refuses when it is not so any more. */
  private async placesNow(): Promise<{ known: string[]; breakers: string; all: Place[] }> {
    const known = await this.knownWorkers();
    const breakers = await readBreakers(this.runner, this.keys);
    const parked = parkedIn(breakers).map(({ queue, kind }) => `${queue}:${kind}`);
    const all = placesOf(this.keys, {
      queues: this.names.queues,
      workers: union(known, this.names.workers),
      parked: union(this.names.parked, parked),
    });
    return { known, breakers, all };
  }

  private async knownWorkers(): Promise<string[]> {
    const { jobs, workers, revoked } = this.keys;
    const [, registered, lost] = (await this.runner.run('locate-job', [jobs, workers, revoked], [''])) as WorkersReply;
    return [...registered, ...lost];
  }
}

function readRow(id: string, row: ExamineRow | undefined, nameOf: (place: number) => string): ExaminedJob {
  const [hasRecord = 0, hasOutcome = 0, history = null, places = []] = row ?? [];
  return { id, hasRecord: hasRecord === 1, hasOutcome: hasOutcome === 1, history, places: places.map(nameOf) };
}
