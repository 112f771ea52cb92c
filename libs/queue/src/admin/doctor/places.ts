import type { QueueKeys } from '../../redis/queue-keys.js';

/** A place of jobs in one partition. */
export interface Place {
  /** `completed`, `ready:high`, `quarantine:high`, `parked:high:mail.send`, `dead`, `scheduled:high`, `processing:<workerId>`. */
  readonly name: string;
  readonly key: string;
  readonly type: 'list' | 'set';
}

/** Names behind the rooms, as far as anybody knows them. */
export interface PlaceNames {
  readonly queues: readonly string[];
  readonly workers: readonly string[];
  /** `<queue>:<kind>` of lists of parked jobs. */
  readonly parked: readonly string[];
}

/** Every place, in the order in which `examine-jobs` and `repair-job` take them: completed and dead first of their type. */
export function placesOf(keys: QueueKeys, { queues, workers, parked }: PlaceNames): Place[] {
  return [
    { name: 'completed', key: keys.completed, type: 'list' },
    ...queues.map((queue): Place => ({ name: `ready:${queue}`, key: keys.ready(queue), type: 'list' })),
    ...queues.map((queue): Place => ({ name: `quarantine:${queue}`, key: keys.quarantine(queue), type: 'list' })),
    ...parked.map((list): Place => ({ name: `parked:${list}`, key: keys.parked(...splitList(list)), type: 'list' })),
    { name: 'dead', key: keys.dead, type: 'set' },
    ...queues.map((queue): Place => ({ name: `scheduled:${queue}`, key: keys.scheduled(queue), type: 'set' })),
    ...workers.map((id): Place => ({ name: `processing:${id}`, key: keys.processing(id), type: 'set' })),
  ];
}

/** Queue and kind of a list of parked jobs: neither holds a colon. */
export function splitList(list: string): [queue: string, kind: string] {
  const at = list.indexOf(':');
  return [list.slice(0, at), list.slice(at + 1)];
}

/** How many of them are lists. */
export function listsIn(places: readonly Place[]): number {
  return places.filter(({ type }) => type === 'list').length;
}

/** One list without the entries of another twice. */
export function union(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])];
}
