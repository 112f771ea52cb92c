// `npm run model`: lets spin look at every state of the models in docs/model. Runs of all rules must end without a flaw; where a
// rule is left out spin must find one. What it means: docs/model/README.md.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MODEL_ROWS } from './model-rows.mjs';
import { projectRoot } from './project-files.mjs';

const MOST_DEPTH = 1_000_000;
const LIMIT_S = 300;
const USAGE = `usage: npm run model -- [--only=NAME] [--short] [--limit=SECONDS] [--allow-missing]
  --only           runs with NAME in their name: core-no-, wake
  --short          those that take seconds: about 40 s in all
  --limit          seconds after which a run that need not end is cut off; ${LIMIT_S} without it, others have three times that
  --allow-missing  without spin and gcc: say so, and exit with 0`;
const cache = join(projectRoot, '.cache/model');

const { rows, limitS, allowMissing } = readOptions();
const missing = ['spin', 'gcc'].find((tool) => spawnSync(tool, ['--version']).error);
if (missing) {
  console.log(`not run: ${missing} is not installed: apt install spin gcc`);
  process.exit(allowMissing ? 0 : 1);
}

rmSync(cache, { recursive: true, force: true });
const results = [];
printRow(['run', 'what', 'states', 'depth', 'time', 'found', '']);
for (const row of rows) {
  const result = judged(row, await run(row));
  results.push(result);
  printRow([
    row.name,
    row.what,
    result.states,
    result.depth,
    `${result.seconds} s`,
    result.found,
    result.surprise ?? '',
  ]);
}
const spin = execFileSync('spin', ['-V']).toString().trim();
writeFileSync(join(cache, 'result.json'), `${JSON.stringify({ spin, rows: results }, null, 2)}\n`);

const surprises = results.filter(({ surprise }) => surprise !== undefined).length;
console.log(`\n${results.length} runs, ${surprises} surprises; all figures and the traces of flaws: .cache/model`);
process.exitCode = surprises > 0 ? 1 : 0;

function readOptions() {
  const options = {
    only: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
    limit: { type: 'string', default: String(LIMIT_S) },
    'allow-missing': { type: 'boolean', default: false },
  };
  try {
    const { values } = parseArgs({ options });
    const rows = MODEL_ROWS.filter(({ name, isShort }) => name.includes(values.only) && (isShort || !values.short));
    if (rows.length === 0) throw new Error(`--only: no run has "${String(values.only)}" in its name`);
    const limitS = Number(values.limit);
    if (!(limitS > 0)) throw new Error(`--limit: found "${String(values.limit)}", expected seconds`);
    return { rows, limitS, allowMissing: values['allow-missing'] };
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

/** Builds the verifier of one row, runs it, and reads what it says. */
async function run(row) {
  const { name, model, flags } = row;
  const dir = join(cache, name);
  const file = `${model}.pml`;
  const defines = flags.map((flag) => `-D${flag}`);
  mkdirSync(dir, { recursive: true });
  copyFileSync(join(projectRoot, 'docs/model', file), join(dir, file));
  const inDir = { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] };
  execFileSync('spin', ['-a', ...defines, file], inDir);
  execFileSync('gcc', [...compilerOptions(row), '-o', 'pan', 'pan.c'], inDir);

  const startedAt = performance.now();
  const text = await verify(dir, row);
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  const hasFlaw = existsSync(join(dir, `${file}.trail`));
  if (hasFlaw) writeFileSync(join(cache, `${name}.trace`), traceOf(dir, file, defines));
  rmSync(dir, { recursive: true });
  return { ...readVerdict(text, hasFlaw), seconds };
}

/**
 * Short runs spend their time in the compiler, long ones in the verifier. Everything here is shared by all, so partial order
 * reduction cannot help. -DHC4: a state is known by its hash.
 */
function compilerOptions({ isShort, isLiveness }) {
  const memoryMb = Math.floor((0.7 * freemem()) / 1_048_576);
  const kind = isLiveness ? ['-DNP', '-DCOLLAPSE'] : ['-DSAFETY', '-DHC4'];
  return [isShort ? '-O0' : '-O2', '-w', '-DNOREDUCE', '-DVECTORSZ=1024', `-DMEMLIM=${memoryMb}`, ...kind];
}

/** SIGINT makes the verifier print how far it has come. -E: workers that have nothing to do are no deadlock. */
function verify(dir, { isShort, isLiveness, isBounded }) {
  return new Promise((resolve, reject) => {
    const args = ['-E', '-n', `-m${MOST_DEPTH}`, `-w${isShort ? 22 : 26}`, ...(isLiveness ? ['-l'] : [])];
    const child = spawn(join(dir, 'pan'), args, { cwd: dir });
    const timer = setTimeout(() => child.kill('SIGINT'), (isBounded ? limitS : 3 * limitS) * 1_000);
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

/** The steps that lead to the flaw, as the models tell them. */
function traceOf(dir, file, defines) {
  const args = ['-t', '-T', ...defines, file];
  const text = spawnSync('spin', args, { cwd: dir, maxBuffer: 1e9 }).stdout.toString();
  return text.replaceAll(/^(\s*(\d+:\s*)?proc |spin: warning).*\n/gm, '');
}

function readVerdict(text, hasFlaw) {
  const last = (pattern) => [...text.matchAll(pattern)].at(-1)?.[1];
  const states = Number(last(/^\s*(\d+) states, stored/gm) ?? last(/States=\s*([\d.e+]+)/g) ?? 0);
  const depth = Number(last(/depth reached (\d+)/g) ?? last(/Depth=\s*(\d+)/g) ?? 0);
  const isCut = /Interrupted|out of memory|reached -DMEMLIM|max search depth too small|Search not completed/.test(text);
  const violates = last(/^pan:1: (?:assertion violated )?(.*) \(at depth/gm);
  if (hasFlaw) return { states, depth, found: 'flaw', violates };
  return { states, depth, found: isCut || !/errors: 0/.test(text) ? 'no flaw so far' : 'no flaw' };
}

/** A surprise is an end that the row does not expect. */
function judged({ name, model, what, flags, expects, isBounded }, verdict) {
  const mayBe = expects === 'no flaw' ? ['no flaw', ...(isBounded ? ['no flaw so far'] : [])] : ['flaw'];
  const surprise = mayBe.includes(verdict.found) ? undefined : `SURPRISE: expected ${expects}`;
  return { name, model, what, flags, expects, ...verdict, surprise };
}

function printRow([name, what, states, depth, time, found, surprise]) {
  const columns = [name.padEnd(20), what.padEnd(50), String(states).padStart(11), String(depth).padStart(7)];
  console.log(`${columns.join(' ')} ${time.padStart(8)}  ${found} ${surprise}`.trimEnd());
}
