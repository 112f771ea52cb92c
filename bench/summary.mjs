// From the runs of all rounds to figures: medians, and the ratio round by round.

export const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

const spread = (values) => ({ min: Math.min(...values), median: median(values), max: Math.max(...values) });

/** Which figure of a run the ratio is about. */
const FIGURE = { latency: 'p50Ms', bytes: 'bytes' };

export const figureOf = ({ what }) => FIGURE[what] ?? 'perSecond';

/** One entry a scenario: the medians of each queue and the spread of the ratio ours / BullMQ. */
export function summarize(scenarios, runs) {
  return scenarios
    .filter(({ id }) => runs[id]?.ours?.length)
    .map((scenario) => {
      const { ours, bullmq = [] } = runs[scenario.id];
      const figure = figureOf(scenario);
      const pairs = bullmq.map((theirs, round) => ours[round][figure] / theirs[figure]);
      return {
        id: scenario.id,
        title: scenario.title,
        figure,
        ours: mediansOf(ours),
        ...(bullmq.length > 0 && { bullmq: mediansOf(bullmq), ratio: spread(pairs) }),
      };
    });
}

/** The speed of this queue in one scenario beside its own speed in another, round by round. */
export function ownRatios(pairs, runs) {
  return pairs
    .filter(({ of, to }) => runs[of]?.ours?.length && runs[to]?.ours?.length)
    .map(({ title, of, to }) => ({
      title,
      ratio: spread(runs[of].ours.map(({ perSecond }, round) => perSecond / runs[to].ours[round].perSecond)),
    }));
}

function mediansOf(runs) {
  return Object.fromEntries(Object.keys(runs[0]).map((name) => [name, median(runs.map((run) => run[name]))]));
}
