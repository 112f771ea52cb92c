const NS_PER_MS = 1_000_000n;

/** Nanoseconds of each unit, in the order in which a duration is written. */
const NS_PER_UNIT: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: NS_PER_MS,
  us: 1_000n,
  µs: 1_000n, // U+00B5, micro sign
  μs: 1_000n, // U+03BC, Greek mu
  ns: 1n,
};

/** Go keeps a duration in a signed 64-bit count of nanoseconds: about 292 years. */
const MAX_NS = (1n << 63n) - 1n;

const TERM = /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;

/**
 * Reads a duration in the syntax of Go's `time.ParseDuration`: `300ms`, `1.5h`, `1m30s`, `-5s`, `0`.
 *
 * Strict: no spaces, no missing unit, no upper case, nothing beyond 292 years.
 *
 * @returns milliseconds, with a fraction below one ms; `undefined` when the text is not a Go duration.
 */
export function parseGoDuration(text: string): number | undefined {
  const unsigned = text.replace(/^[+-]/, '');
  const ns = unsigned === '0' ? 0n : sumOfTerms(unsigned);
  if (ns === undefined || ns > MAX_NS) return undefined;
  const ms = Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6;
  return text.startsWith('-') && ms !== 0 ? -ms : ms;
}

/**
 * Writes milliseconds the way an operator would: `90000` becomes `1m30s`, `86400000` becomes `24h`, `0` becomes `0s`.
 *
 * `parseGoDuration` reads the result back to the same number; what is finer than a nanosecond is rounded.
 *
 * @param ms - at most 292 years, either sign.
 */
export function formatGoDuration(ms: number): string {
  const ns = toNanoseconds(Math.abs(ms));
  if (ns === 0n) return '0s';
  return (ms < 0 ? '-' : '') + (ns < NS_PER_UNIT['s']! ? formatBelowSecond(ns) : formatFromSecond(ns));
}

function sumOfTerms(text: string): bigint | undefined {
  let total: bigint | undefined;
  TERM.lastIndex = 0;
  for (let end = 0; end < text.length; end = TERM.lastIndex) {
    const term = TERM.exec(text);
    if (!term) return undefined;
    const ns = termInNanoseconds(term);
    if (ns === undefined) return undefined;
    total = (total ?? 0n) + ns;
  }
  return total;
}

function termInNanoseconds([, whole = '', fraction = '', unit = '']: RegExpExecArray): bigint | undefined {
  if (whole === '' && fraction === '') return undefined;
  const scale = NS_PER_UNIT[unit]!;
  return BigInt(whole) * scale + (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
}

function toNanoseconds(ms: number): bigint {
  const whole = Math.trunc(ms);
  return BigInt(whole) * NS_PER_MS + BigInt(Math.round((ms - whole) * 1e6));
}

function formatBelowSecond(ns: bigint): string {
  const unit = ['ms', 'us', 'ns'].find((name) => ns >= NS_PER_UNIT[name]!)!;
  return decimal(ns, NS_PER_UNIT[unit]!) + unit;
}

function formatFromSecond(ns: bigint): string {
  const hours = ns / NS_PER_UNIT['h']!;
  const minutes = (ns % NS_PER_UNIT['h']!) / NS_PER_UNIT['m']!;
  const seconds = ns % NS_PER_UNIT['m']!;
  return [
    hours > 0n ? `${hours}h` : '',
    minutes > 0n ? `${minutes}m` : '',
    seconds > 0n ? `${decimal(seconds, NS_PER_UNIT['s']!)}s` : '',
  ].join('');
}

/** `value / scale` in decimal digits, exact, without trailing zeros; `scale` is a power of ten. */
function decimal(value: bigint, scale: bigint): string {
  const digits = scale.toString().length - 1;
  const fraction = (value % scale).toString().padStart(digits, '0').replace(/0+$/, '');
  return digits > 0 && fraction !== '' ? `${value / scale}.${fraction}` : `${value / scale}`;
}
