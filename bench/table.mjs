// The result for a person: lines of text.

const row = (cells) =>
  cells
    .map((cell, at) => (at === 0 ? cell.padEnd(43) : cell.padStart(at < 3 ? 11 : 9)) + (at === 5 ? '   ' : ''))
    .join('');

const SHOWN = {
  perSecond: (value) => `${Math.round(value).toLocaleString('en-US')}/s`,
  p50Ms: (value) => `${value.toFixed(2)} ms`,
  bytes: (value) => `${Math.round(value)} B`,
};

/** The table: median of each queue, the ratio with its spread, and CPU microseconds a job. */
export function tableOf({ scenarios, own, rounds, versions }) {
  const { node, bullmq, redis } = versions;
  return [
    `node ${node}, BullMQ ${bullmq}, Redis ${redis}, ${rounds} rounds. Medians; ratio = ours / BullMQ, round by round;`,
    'a latency is the p50 (p99 below). CPU: microseconds a job, Redis + Node.',
    '',
    row(['', 'ours', 'BullMQ', 'ratio', 'min', 'max']) + '  CPU ours     CPU BullMQ',
    ...scenarios.flatMap(rowsOf),
    '',
    row(['this queue beside itself', '', '', 'ratio', 'min', 'max']),
    ...own.map(({ title, ratio }) => row([title, '', '', ...spreadOf(ratio)])),
  ]
    .map((line) => line.trimEnd())
    .join('\n');
}

function rowsOf({ title, figure, ours, bullmq, ratio }) {
  const shown = SHOWN[figure];
  const theirs = bullmq ? shown(bullmq[figure]) : '';
  const cpu = figure === 'perSecond' ? cpuOf(ours).padEnd(15) + (bullmq ? cpuOf(bullmq) : '') : '';
  const main = row([title, shown(ours[figure]), theirs, ...(ratio ? spreadOf(ratio) : ['', '', ''])]) + cpu;
  if (figure !== 'p50Ms') return [main];
  return [main, row(['  its p99', `${ours.p99Ms.toFixed(2)} ms`, bullmq ? `${bullmq.p99Ms.toFixed(2)} ms` : ''])];
}

const cpuOf = ({ redisUs, nodeUs }) => `${redisUs.toFixed(1)} + ${nodeUs.toFixed(1)}`;
const spreadOf = ({ min, median, max }) => [median, min, max].map((value) => value.toFixed(2));
