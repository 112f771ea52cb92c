import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { findRedis } from '../scripts/redis-server.mjs';
import { recordedWith, resultsOf, type SuiteResult, type TriedTest } from './fault-result.js';
import { textTable } from './result-table.js';

const resultFile = fileURLToPath(new URL('../.cache/faults/result.json', import.meta.url));
const recordedFile = fileURLToPath(new URL('recorded.json', import.meta.url));

/**
 * The end of `npm run test:faults`: the table on stdout, and all figures in `.cache/faults/result.json`. A row that this machine
 * could not try fails the run, unless FAULTS_ALLOW_MISSING is set.
 */
export default class TableReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const tests = modules.flatMap((module) => [...module.children.allTests()]).flatMap(triedTest);
    const rows = resultsOf(tests);
    const result: SuiteResult = {
      revision: process.env.FAULTS_REVISION ?? 'unknown',
      node: process.versions.node,
      redis: await redisVersion(),
      cores: cpus().length,
      finishedAt: new Date().toISOString(),
      rows,
    };
    mkdirSync(dirname(resultFile), { recursive: true });
    writeJson(resultFile, result);
    if (process.env.FAULTS_RECORD) writeJson(recordedFile, recordedWith(readRecorded(), result));
    console.log(
      `\n${textTable(rows.filter(({ verdict }) => verdict !== 'not tried'))}\n\nall figures: ${join('.cache', 'faults', 'result.json')}`,
    );
    this.failForMissing(rows.some(({ verdict }) => verdict === 'not run'));
  }

  private failForMissing(isMissing: boolean): void {
    if (!isMissing || process.env.FAULTS_ALLOW_MISSING) return;
    console.error('a row did not run: install what it names, or pass --allow-missing');
    process.exitCode = 1;
  }
}

function triedTest(test: TestCase): TriedTest[] {
  const { fault } = test.meta();
  if (!fault) return [];
  const hasPassed = test.result().state === 'passed';
  return [{ ...fault, name: test.fullName, hasPassed, durationMs: test.diagnostic()?.duration ?? 0 }];
}

function writeJson(file: string, result: SuiteResult): void {
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}

function readRecorded(): SuiteResult | undefined {
  return existsSync(recordedFile) ? (JSON.parse(readFileSync(recordedFile, 'utf8')) as SuiteResult) : undefined;
}

async function redisVersion(): Promise<string> {
  const { bin, env } = await findRedis();
  const { stdout } = await promisify(execFile)(bin, ['--version'], { env: { ...process.env, ...env } });
  return /\bv=(\S+)/.exec(stdout)?.[1] ?? 'unknown';
}
