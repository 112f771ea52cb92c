import type { QueueOverview } from '@app/queue';
import { formatCount } from '../output/units.js';
import { targetText } from './purge.view.js';

/** What would be forgotten: everything under the prefix, in numbers. */
export function purgeAllView(overview: QueueOverview): string {
  const { queues, processing, dead, completed, workers } = overview;
  const sum = (field: 'ready' | 'scheduled') => queues.reduce((total, queue) => total + queue[field], 0);
  const counts = [
    `${formatCount(sum('ready'))} ready`,
    `${formatCount(sum('scheduled'))} scheduled`,
    `${formatCount(processing.total)} running`,
    `${formatCount(dead.total)} dead`,
    `${formatCount(completed.total)} completed`,
  ];
  const alive =
    workers.length > 0 ? `\n! ${workers.length} workers are registered: what they run is forgotten too` : '';
  return `would forget everything, ${targetText(overview)}\n  ${counts.join(', ')}${alive}`;
}
