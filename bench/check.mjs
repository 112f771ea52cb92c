// The gate of the short form: a gross loss against the recorded ratios fails, noise of the machine does not.

/** A ratio may be this many times worse than the recorded one. */
const TOLERATED = 2;

/** One line a scenario whose median ratio is worse than half of the recorded one; empty: none is. */
export function grossLosses(scenarios, recorded) {
  return scenarios.flatMap(({ id, title, figure, ratio }) => {
    const before = recorded.find((entry) => entry.id === id)?.ratio;
    if (!ratio || !before) return [];
    const worse = figure === 'perSecond' ? before.median / ratio.median : ratio.median / before.median;
    if (worse <= TOLERATED) return [];
    const change = `${ratio.median.toFixed(2)} × BullMQ, recorded ${before.median.toFixed(2)}`;
    return [`${title}: ${change}, which is ${worse.toFixed(1)} times worse`];
  });
}
