import { RedisRefusedError } from '../../errors/redis-refused.error.js';
import { classifyFailure } from '../../redis/call-fate.js';
import type { RedisConnections } from '../../redis/redis-connections.js';
import { withDeadline } from '../../redis/script-runner.js';
import type { Finding } from './finding.js';
import { clockFindings, finding, readFields, serverFindings } from './server-checks.js';

const SECTIONS = ['server', 'memory', 'persistence', 'replication', 'stats'];
/** How often the time is asked for; the quickest answer tells most. */
const CLOCK_LOOKS = 3;

type Client = Awaited<ReturnType<RedisConnections['masters']>>[number];

/**
 * Asks the server about itself and its clock: in a cluster, each master. A user that may not ask gets a note instead of an
 * answer.
 */
export async function askServer(
  connections: RedisConnections,
  deadlineMs: number,
): Promise<{ readonly nowMs: number; readonly findings: readonly Finding[] }> {
  try {
    const findings = new Map<string, Finding>();
    let nowMs = 0;
    for (const master of await connections.masters()) {
      const clock = await withDeadline(askClock(master), deadlineMs);
      const found = [...(await withDeadline(askInfo(master), deadlineMs)), ...clock.findings];
      for (const each of found) findings.set(each.what, each);
      nowMs = clock.nowMs;
    }
    return { nowMs, findings: [...findings.values()] };
  } catch (error) {
    throw classifyFailure(error);
  }
}

async function askInfo(client: Client): Promise<Finding[]> {
  try {
    const texts = await Promise.all(SECTIONS.map((section) => client.info(section)));
    return serverFindings(readFields(texts.join('\n')));
  } catch (error) {
    const refused = classifyFailure(error);
    if (!(refused instanceof RedisRefusedError) || refused.word !== 'NOPERM') throw error;
    const what = 'this Redis user may not ask for INFO: version, memory, persistence and replicas were not checked';
    return [finding('not-checked', 'note', what, 'allow INFO to see them')];
  }
}

async function askClock(client: Client): Promise<{ nowMs: number; findings: Finding[] }> {
  let best = { differenceMs: 0, uncertainMs: Infinity, nowMs: 0 };
  for (let look = 0; look < CLOCK_LOOKS; look++) {
    const before = Date.now();
    const startedAt = performance.now();
    const [seconds, micros] = await client.time();
    const uncertainMs = (performance.now() - startedAt) / 2;
    const nowMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    if (uncertainMs < best.uncertainMs) best = { differenceMs: before + uncertainMs - nowMs, uncertainMs, nowMs };
  }
  return { nowMs: Math.round(best.nowMs), findings: clockFindings(best.differenceMs, best.uncertainMs) };
}
