import { createHash } from 'node:crypto';
import { parseScriptHeader, type ScriptHeader } from './script-header.js';
import advance from './scripts/advance.lua';
import enqueue from './scripts/enqueue.lua';
import fail from './scripts/fail.lua';
import findJob from './scripts/find-job.lua';
import handshake from './scripts/handshake.lua';
import heartbeat from './scripts/heartbeat.lua';
import leave from './scripts/leave.lua';
import listDead from './scripts/list-dead.lua';
import locateJob from './scripts/locate-job.lua';
import overview from './scripts/overview.lua';
import pause from './scripts/pause.lua';
import peek from './scripts/peek.lua';
import probe from './scripts/probe.lua';
import purgeDead from './scripts/purge-dead.lua';
import readClaims from './scripts/read-claims.lua';
import readHeaders from './scripts/read-headers.lua';
import readPauses from './scripts/read-pauses.lua';
import readSchema from './scripts/read-schema.lua';
import readWorkers from './scripts/read-workers.lua';
import reap from './scripts/reap.lua';
import register from './scripts/register.lua';
import release from './scripts/release.lua';
import requeueDead from './scripts/requeue-dead.lua';
import resume from './scripts/resume.lua';
import retain from './scripts/retain.lua';
import sweep from './scripts/sweep.lua';
import sync from './scripts/sync.lua';
import takeToken from './scripts/take-token.lua';

/** The text of every script, by its name. */
const TEXTS = {
  advance,
  enqueue,
  fail,
  'find-job': findJob,
  handshake,
  heartbeat,
  leave,
  'list-dead': listDead,
  'locate-job': locateJob,
  overview,
  pause,
  peek,
  probe,
  'purge-dead': purgeDead,
  'read-claims': readClaims,
  'read-headers': readHeaders,
  'read-pauses': readPauses,
  'read-schema': readSchema,
  'read-workers': readWorkers,
  reap,
  register,
  release,
  'requeue-dead': requeueDead,
  resume,
  retain,
  sweep,
  sync,
  'take-token': takeToken,
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
