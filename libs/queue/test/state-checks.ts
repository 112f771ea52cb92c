import { deepStrictEqual } from 'node:assert/strict';
import { QUEUES } from './model-steps.js';
import type { QueueModel } from './queue-model.js';
import { filled, pastOf, type PartitionState } from './stored-state.js';

/** Redis and the model hold the same: same places in the same order, same claims, counters, deadlines. */
export function checkState(stored: PartitionState, model: QueueModel, nowMs: number): void {
  checkOnePlace(stored);
  deepStrictEqual(stored, stateOf(model, nowMs));
}

/** Invariant I2, from what Redis holds alone: a mistake of the model cannot hide a job in two places. */
function checkOnePlace(stored: PartitionState): void {
  const places = Object.entries(stored).filter(([name]) =>
    /^(ready|quarantine|parked|scheduled|processing|completed|dead)(:|$)/.test(name),
  );
  const ids = places.flatMap(([, content]) =>
    Array.isArray(content) ? (content as string[]) : Object.keys(content as object),
  );
  deepStrictEqual(ids.toSorted(), Object.keys(stored.jobs ?? {}).toSorted(), 'each job in exactly one place');
}

function stateOf(model: QueueModel, nowMs: number): PartitionState {
  const { jobs, completed, dead, workers, revoked, paused, processing, unique } = model;
  const histories = [...jobs].flatMap(([id, job]) => pastOf(id, job));
  const tables: [name: string, content: unknown][] = [
    ['jobs', Object.fromEntries([...jobs].map(([id, { queue }]) => [id, queue]))],
    ['history', Object.fromEntries(histories)],
    ['completed', completed],
    ['outcome', completed.toSorted()],
    ['dead', Object.fromEntries(dead)],
    ['dead-groups', Object.fromEntries(dead)],
    ['workers', Object.fromEntries(workers)],
    ['revoked', [...revoked].toSorted()],
    ['paused', [...paused].toSorted()],
    ...QUEUES.map((queue): [string, unknown] => [`ready:${queue}`, model.ready.of(queue)]),
    ...QUEUES.map((queue): [string, unknown] => [`quarantine:${queue}`, model.quarantine.of(queue)]),
    ...QUEUES.map((queue): [string, unknown] => [`scheduled:${queue}`, Object.fromEntries(model.scheduled.of(queue))]),
    ...[...processing].map(([id, held]): [string, unknown] => [`processing:${id}`, Object.fromEntries(held)]),
    ...[...workers.keys(), ...revoked].map((id): [string, unknown] => [`worker:${id}`, true]),
    ...[...unique].flatMap(([key, { id, untilMs }]): [string, unknown][] =>
      untilMs > nowMs ? [[`unique:${key}`, id]] : [],
    ),
  ];
  return Object.assign({}, ...tables.map(([name, content]) => filled(name, content))) as PartitionState;
}
