import { list } from '../schema/collection-types.js';
import { bytes, duration, integer, textLike } from '../schema/scalar-types.js';
import { Section, Setting } from '../schema/setting.decorator.js';
import { QUEUE_NAME } from './patterns.js';

const PREFIX = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** `queue.completed`: which completed jobs stay readable. Dead jobs are never trimmed. */
class CompletedConfig {
  @Setting(integer({ min: 0, max: 10_000_000 }), 'How many completed jobs stay readable; 0: none')
  readonly keepCount: number = 1_000; // enough to look into, a few MB at the most

  @Setting(duration({ min: '1s' }), 'How long a completed job stays readable')
  readonly keepForMs: number = 86_400_000; // yesterday's run is still there in the morning
}

/** `queue`: what all processes that use one queue must agree on. */
export class QueueConfig {
  @Setting(textLike(PREFIX, 'letters, digits, dot, dash and underscore'), 'First part of every key in Redis')
  readonly prefix: string = 'jobqueue'; // two suites on one Redis need two prefixes

  @Setting(
    list({ items: 'queue names (lower case letters, digits, dash, underscore)', pattern: QUEUE_NAME, minSize: 1 }),
    'The queues, the most urgent first',
  )
  readonly names: readonly string[] = ['high', 'low']; // a queue is a priority

  @Setting(integer({ min: 1, max: 1_024 }), 'Into how many parts the keys are split; fixed by the first start')
  readonly partitions: number = 1; // one Redis serves one part fastest

  @Setting(bytes({ min: 1_024, max: 16_777_216 }), 'Largest payload of a job, as JSON')
  readonly maxPayloadBytes: number = 262_144; // large data belongs in a file or an object store, its name in the payload

  @Setting(integer({ min: 0 }), 'How many jobs may wait in one queue of one partition; 0: no limit')
  readonly maxLength: number = 0; // Redis memory is the limit, and refuses clearly

  @Setting(duration({ min: '1s' }), 'How long a unique key is remembered, also after its job is gone')
  readonly uniqueWindowMs: number = 86_400_000; // a scan every night enqueues nothing twice

  @Section(CompletedConfig)
  readonly completed: CompletedConfig = new CompletedConfig();
}
