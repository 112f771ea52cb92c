import { createHash } from 'node:crypto';
import { parseScriptHeader, type ScriptHeader } from './script-header.js';
import advance from './scripts/advance.lua';
import answer from './scripts/answer.lua';
import appendAudit from './scripts/append-audit.lua';
import benchEnqueue from './scripts/bench-enqueue.lua';
import benchWithdraw from './scripts/bench-withdraw.lua';
import cancelRunning from './scripts/cancel-running.lua';
import cancelWaiting from './scripts/cancel-waiting.lua';
import claimProbe from './scripts/claim-probe.lua';
import claimQuarantined from './scripts/claim-quarantined.lua';
import countAttempts from './scripts/count-attempts.lua';
import countDead from './scripts/count-dead.lua';
import endSolo from './scripts/end-solo.lua';
import enqueue from './scripts/enqueue.lua';
import examineJobs from './scripts/examine-jobs.lua';
import fail from './scripts/fail.lua';
import findJob from './scripts/find-job.lua';
import forgetPartition from './scripts/forget-partition.lua';
import handshake from './scripts/handshake.lua';
import heartbeat from './scripts/heartbeat.lua';
import importDead from './scripts/import-dead.lua';
import leave from './scripts/leave.lua';
import listDead from './scripts/list-dead.lua';
import listGroups from './scripts/list-groups.lua';
import listWaiting from './scripts/list-waiting.lua';
import locateJob from './scripts/locate-job.lua';
import nudge from './scripts/nudge.lua';
import overview from './scripts/overview.lua';
import park from './scripts/park.lua';
import pause from './scripts/pause.lua';
import peek from './scripts/peek.lua';
import probe from './scripts/probe.lua';
import purgeDead from './scripts/purge-dead.lua';
import purgeReady from './scripts/purge-ready.lua';
import purgeScheduled from './scripts/purge-scheduled.lua';
import readAudit from './scripts/read-audit.lua';
import readBreakers from './scripts/read-breakers.lua';
import readClaims from './scripts/read-claims.lua';
import readExpiries from './scripts/read-expiries.lua';
import readFates from './scripts/read-fates.lua';
import readHeaders from './scripts/read-headers.lua';
import readPauses from './scripts/read-pauses.lua';
import readQuarantine from './scripts/read-quarantine.lua';
import readSchema from './scripts/read-schema.lua';
import readStrays from './scripts/read-strays.lua';
import readTokens from './scripts/read-tokens.lua';
import readWorkers from './scripts/read-workers.lua';
import reap from './scripts/reap.lua';
import register from './scripts/register.lua';
import release from './scripts/release.lua';
import repairExpiry from './scripts/repair-expiry.lua';
import repairJob from './scripts/repair-job.lua';
import repairToken from './scripts/repair-token.lua';
import repairWorker from './scripts/repair-worker.lua';
import requeueDead from './scripts/requeue-dead.lua';
import resume from './scripts/resume.lua';
import retain from './scripts/retain.lua';
import scanIds from './scripts/scan-ids.lua';
import scanList from './scripts/scan-list.lua';
import sweep from './scripts/sweep.lua';
import sync from './scripts/sync.lua';
import takeToken from './scripts/take-token.lua';
import unpark from './scripts/unpark.lua';

/** The text of every script, by its name. */
const TEXTS = {
  advance,
  answer,
  'append-audit': appendAudit,
  'bench-enqueue': benchEnqueue,
  'bench-withdraw': benchWithdraw,
  'cancel-running': cancelRunning,
  'cancel-waiting': cancelWaiting,
  'claim-probe': claimProbe,
  'claim-quarantined': claimQuarantined,
  'count-attempts': countAttempts,
  'count-dead': countDead,
  'end-solo': endSolo,
  enqueue,
  'examine-jobs': examineJobs,
  fail,
  'find-job': findJob,
  'forget-partition': forgetPartition,
  handshake,
  heartbeat,
  'import-dead': importDead,
  leave,
  'list-dead': listDead,
  'list-groups': listGroups,
  'list-waiting': listWaiting,
  'locate-job': locateJob,
  nudge,
  overview,
  park,
  pause,
  peek,
  probe,
  'purge-dead': purgeDead,
  'purge-ready': purgeReady,
  'purge-scheduled': purgeScheduled,
  'read-audit': readAudit,
  'read-breakers': readBreakers,
  'read-claims': readClaims,
  'read-expiries': readExpiries,
  'read-fates': readFates,
  'read-headers': readHeaders,
  'read-pauses': readPauses,
  'read-quarantine': readQuarantine,
  'read-schema': readSchema,
  'read-strays': readStrays,
  'read-tokens': readTokens,
  'read-workers': readWorkers,
  reap,
  register,
  release,
  'repair-expiry': repairExpiry,
  'repair-job': repairJob,
  'repair-token': repairToken,
  'repair-worker': repairWorker,
  'requeue-dead': requeueDead,
  resume,
  retain,
  'scan-ids': scanIds,
  'scan-list': scanList,
  sweep,
  sync,
  'take-token': takeToken,
  unpark,
} as const;

/** The name of a script: its file name without `.lua`. */
export type ScriptName = keyof typeof TEXTS;

/** A script as Redis knows it, and its contract. */
export interface Script {
  readonly lua: string;
  readonly sha1: string;
  readonly header: ScriptHeader;
}

/** Every script of the library. */
export const SCRIPTS: Readonly<Record<ScriptName, Script>> = Object.fromEntries(
  Object.entries(TEXTS).map(([name, lua]) => [name, load(name, lua)]),
) as Record<ScriptName, Script>;

function load(name: string, lua: string): Script {
  const header = parseScriptHeader(lua);
  if (header.name !== name) throw new Error(`script ${name}.lua calls itself "${header.name}"`);
  return { lua, sha1: createHash('sha1').update(lua).digest('hex'), header };
}
