import { decodeHeader, RECORD_VERSION } from '../../job/job-codec.js';
import type { QueueKeys } from '../../redis/queue-keys.js';
import type { ScriptRunner } from '../../redis/script-runner.js';
import { IDS_A_STEP, pageList, type IdsPage } from './list-pager.js';
import type { Place } from './places.js';

/** Records of one step: they may be large. */
const RECORDS_A_STEP = 100;
/** More suspects than this are looked for a second time in all places, which is cheaper than one look a suspect. */
const MOST_UNSEARCHED = 50;

/** What a walk over one partition has seen. */
export interface PlaceSurvey {
  /** Ids that may be broken: not in exactly one place, or with parts that do not fit. Only a look at one instant can tell. */
  readonly suspects: ReadonlySet<string>;
  readonly records: RecordSurvey;
}

/** What the first lines of all records tell. */
export interface RecordSurvey {
  readonly count: number;
  /** Ids whose first line cannot be read. */
  readonly unreadable: readonly string[];
  /** Ids of records that a newer build wrote. */
  readonly newer: readonly string[];
  /** Queue → how many records name it. */
  readonly queues: ReadonlyMap<string, number>;
}

/** How it tells how far it is. */
export type SurveyProgress = (step: 'places' | 'records', count: number) => void;

/** What of a walk is the same in each round. */
export interface SurveyParts {
  readonly runner: ScriptRunner;
  readonly keys: QueueKeys;
  readonly places: readonly Place[];
  readonly onProgress: SurveyProgress;
}

/**
 * Walks over all places and records of one partition while everybody works, in bounded steps. Reads only. A job on its way
 * is seen in two places, or in none; one that is broken is seen so again in a second round.
 */
export async function surveyPlaces(parts: SurveyParts): Promise<PlaceSurvey> {
  const first = new SurveyRound(parts);
  await first.walkPlaces();
  const records = await first.walkRecords();
  await first.walkRests();
  if (first.suspects.size <= MOST_UNSEARCHED) return { suspects: first.suspects, records };
  const second = new SurveyRound(parts, first.suspects);
  await second.walkPlaces();
  second.suspectUnplaced();
  await second.walkRests();
  return { suspects: second.suspects, records };
}

class SurveyRound {
  readonly suspects = new Set<string>();
  private readonly placeOf = new Map<string, string>();

  /** @param only - the ids that matter; default: all */
  constructor(
    private readonly parts: SurveyParts,
    private readonly only?: ReadonlySet<string>,
  ) {}

  async walkPlaces(): Promise<void> {
    for (const place of this.parts.places) {
      for await (const { ids, recordless } of this.pagesOf(place)) {
        for (const id of ids) this.see(id, place.name);
        for (const id of recordless) this.suspect(id);
        this.parts.onProgress('places', this.placeOf.size);
      }
    }
  }

  /** Records without a place, and what first lines tell. */
  async walkRecords(): Promise<RecordSurvey> {
    const found = { count: 0, unreadable: [] as string[], newer: [] as string[], queues: new Map<string, number>() };
    for await (const [ids, lines] of this.steps(this.parts.keys.jobs, 'HSCAN', RECORDS_A_STEP)) {
      ids.forEach((id, at) => {
        const header = decodeHeader(lines[at] ?? '');
        if (!header) found.unreadable.push(id);
        else found.queues.set(header.queue, (found.queues.get(header.queue) ?? 0) + 1);
        if (header && header.version > RECORD_VERSION) found.newer.push(id);
        if (!this.placeOf.has(id)) this.suspect(id);
      });
      this.parts.onProgress('records', (found.count += ids.length));
    }
    return found;
  }

  /** Histories and outcomes whose job is gone, and outcomes of jobs that are not completed. */
  async walkRests(): Promise<void> {
    const { history, outcome } = this.parts.keys;
    for await (const [ids, , missing] of this.steps(history, 'HSCAN', IDS_A_STEP)) {
      for (const at of missing) this.suspect(ids[at - 1] ?? '');
    }
    for await (const [ids, , missing] of this.steps(outcome, 'HSCAN', IDS_A_STEP)) {
      for (const at of missing) this.suspect(ids[at - 1] ?? '');
      for (const id of ids) if (this.placeOf.get(id) !== 'completed') this.suspect(id);
    }
  }

  /** In place of another walk over the records. */
  suspectUnplaced(): void {
    for (const id of this.only ?? []) if (!this.placeOf.has(id)) this.suspects.add(id);
  }

  private see(id: string, place: string): void {
    if (this.only && !this.only.has(id)) return;
    if (this.placeOf.has(id)) this.suspects.add(id);
    else this.placeOf.set(id, place);
  }

  private suspect(id: string): void {
    if (!this.only || this.only.has(id)) this.suspects.add(id);
  }

  private async *pagesOf({ key, type }: Place): AsyncGenerator<IdsPage> {
    const { runner, keys } = this.parts;
    if (type === 'list') return yield* pageList(runner, key, keys.jobs);
    const given = new Set<string>();
    for await (const [ids, , missing] of this.steps(key, 'ZSCAN', IDS_A_STEP)) {
      // a scan may name one member twice
      const fresh = ids.filter((id) => !given.has(id));
      for (const id of fresh) given.add(id);
      yield { ids: fresh, recordless: missing.flatMap((at) => ids[at - 1] ?? []) };
    }
  }

  private async *steps(key: string, command: 'HSCAN' | 'ZSCAN', count: number): AsyncGenerator<ScanStep> {
    const { runner, keys } = this.parts;
    let cursor = '0';
    do {
      const reply = await runner.run('scan-ids', [key, keys.jobs], [command, cursor, String(count)]);
      const [next, ...step] = reply as [string, ...ScanStep];
      yield step;
      cursor = next;
    } while (cursor !== '0');
  }
}

type ScanStep = [ids: string[], lines: string[], missing: number[]];
