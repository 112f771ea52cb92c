// The result as a picture: a bar a scenario, as long as the ratio to BullMQ, with its spread. Plain SVG, readable on
// light and dark pages.

const WIDTH = 760;
const LEFT = 330;
const RIGHT = 60;
const LINE = 26;
const TOP = 64;
const TEXT = 'font-family="system-ui, sans-serif" fill="#6b7280"';

/** Speeds only; bytes and latencies stand in the table. */
export function chartOf({ scenarios, versions, machine, rounds, commit }) {
  const bars = scenarios.filter(({ ratio, figure }) => ratio && figure === 'perSecond');
  const longest = Math.max(...bars.map(({ ratio }) => ratio.max));
  const x = (value) => LEFT + (value / longest) * (WIDTH - LEFT - RIGHT);
  const height = TOP + bars.length * LINE + 40;
  const about = `${rounds} rounds, medians and spread; ${machine}; node ${versions.node}, BullMQ ${versions.bullmq}, Redis ${versions.redis}; ${commit}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Throughput as a multiple of BullMQ">`,
    `<text x="16" y="26" ${TEXT} font-size="17" font-weight="600">Throughput as a multiple of BullMQ, same machine, same run</text>`,
    `<line x1="${x(1)}" y1="${TOP - 14}" x2="${x(1)}" y2="${height - 36}" stroke="#9ca3af" stroke-dasharray="3 3"/>`,
    `<text x="${x(1) + 4}" y="${TOP - 8}" ${TEXT} font-size="11">BullMQ = 1</text>`,
    ...bars.map((bar, at) => barOf(bar, TOP + at * LINE, x)),
    `<text x="16" y="${height - 12}" ${TEXT} font-size="10">${escapeXml(about)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

function barOf({ title, ratio }, y, x) {
  const middle = y + 9;
  return [
    `<text x="${LEFT - 10}" y="${y + 13}" ${TEXT} font-size="13" text-anchor="end">${escapeXml(title)}</text>`,
    `<rect x="${LEFT}" y="${y}" width="${(x(ratio.median) - LEFT).toFixed(1)}" height="18" rx="2" fill="#0f9d76"/>`,
    `<line x1="${x(ratio.min).toFixed(1)}" y1="${middle}" x2="${x(ratio.max).toFixed(1)}" y2="${middle}" stroke="#f59e0b" stroke-width="2"/>`,
    `<text x="${(x(ratio.max) + 6).toFixed(1)}" y="${y + 13}" ${TEXT} font-size="13" font-weight="600">${ratio.median.toFixed(1)}×</text>`,
  ].join('\n');
}

const escapeXml = (text) => text.replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`);
