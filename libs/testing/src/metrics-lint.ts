/** What `promtool check metrics` finds wrong in a scrape, by the rules of its linter (client_golang promlint). Empty: nothing. */
export function lintMetrics(scrape: string): string[] {
  const families = readFamilies(scrape);
  return [...families].flatMap(([name, family]) => problemsOf(name, family).map((problem) => `${name}: ${problem}`));
}

interface Family {
  type?: string;
  help?: string;
  readonly samples: { readonly name: string; readonly labels: readonly string[] }[];
}

const UNITS =
  /_(milliseconds|microseconds|nanoseconds|minutes|hours|days|kilobytes|megabytes|kibibytes|percent|ms|us|ns|kb|mb)(_|$)/;
const TYPE_IN_NAME = /(^|_)(counter|gauge|histogram|summary)(_|$)/;

function problemsOf(name: string, { type, help, samples }: Family): string[] {
  const labels = new Set(samples.flatMap((sample) => sample.labels));
  const plain = samples.some((sample) => sample.name === name);
  return [
    ...(help ? [] : ['no help text']),
    ...(type ? [] : ['no type']),
    ...(type === 'counter' && !name.endsWith('_total') ? ['counter metrics should have "_total" suffix'] : []),
    ...(type !== 'counter' && name.endsWith('_total') ? ['non-counter metrics should not have "_total" suffix'] : []),
    ...(type !== 'histogram' && name.endsWith('_bucket') ? ['only histograms should have the suffix "_bucket"'] : []),
    ...(!/^(histogram|summary)$/.test(type ?? '') && /_(count|sum)$/.test(name)
      ? ['reserved suffix "_count" or "_sum"']
      : []),
    ...(type === 'histogram' && plain ? ['a histogram has only _bucket, _sum and _count'] : []),
    ...(type !== 'histogram' && labels.has('le') ? ['only histograms should have the label "le"'] : []),
    ...(type !== 'summary' && labels.has('quantile') ? ['only summaries should have the label "quantile"'] : []),
    ...(name.includes(':') ? ['metric names should not contain ":"'] : []),
    ...(/[A-Z]/.test(name) || [...labels].some((label) => /[A-Z]/.test(label))
      ? ['names should be in snake_case']
      : []),
    ...(UNITS.test(name) ? ['use base units'] : []),
    ...(TYPE_IN_NAME.test(name) ? ['the name should not include its type'] : []),
  ];
}

function readFamilies(scrape: string): Map<string, Family> {
  const families = new Map<string, Family>();
  const family = (name: string): Family => {
    const known = families.get(name) ?? { samples: [] };
    families.set(name, known);
    return known;
  };
  for (const line of scrape.split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (word === 'HELP') family(name).help = rest;
    else if (word === 'TYPE') family(name).type = rest;
    else if (line !== '' && !line.startsWith('#')) addSample(families, family, line);
  }
  return families;
}

function addSample(families: ReadonlyMap<string, Family>, family: (name: string) => Family, line: string): void {
  const [, name = line, text = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
  const base = name.replace(/_(bucket|sum|count)$/, '');
  const labels = [...text.matchAll(/([a-zA-Z_]\w*)="/g)].map(([, label = '']) => label);
  family(families.get(base)?.type === 'histogram' ? base : name).samples.push({ name, labels });
}
