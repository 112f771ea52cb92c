// npm run check:deploy                 what is in deploy/ and .github, checked without starting anything
// npm run check:deploy -- PART …       only these; heavy ones, which start containers or servers, run only when named:
//                                      image, compose, kube, live, alerts
//   --write       render deploy/kubernetes/rendered anew
//   --all-tools   a tool that is missing is a failure; otherwise its check is said to be left out
//   --stand-in    no registry is reached: base images are made of Debian's and npm's packages
import { parseArgs } from 'node:util';
import { ToolMissingError } from './check-deploy-tools.mjs';

const from = (file, name) => async (options) => (await import(`./check-deploy-${file}.mjs`))[name](options);

const LIGHT = {
  pins: async () => checkPins(),
  workflows: from('lint', 'checkWorkflows'),
  shell: from('lint', 'checkShell'),
  yaml: from('lint', 'checkYaml'),
  dockerfile: from('lint', 'checkDockerfile'),
  prometheus: from('lint', 'checkPrometheus'),
  rendered: from('manifests', 'checkRendered'),
  schemas: from('manifests', 'checkSchemas'),
};
const HEAVY = {
  image: from('image', 'checkImage'),
  compose: from('compose', 'checkCompose'),
  kube: from('kube', 'checkKube'),
  live: from('live', 'checkLive'),
  alerts: from('alerts', 'checkAlerts'),
};
const PARTS = { ...LIGHT, ...HEAVY };

async function checkPins() {
  const { mustRun } = await import('./check-deploy-tools.mjs');
  mustRun(process.execPath, ['scripts/pin.mjs']);
}

async function runPart(name, options) {
  const log = (text) => process.stdout.write(`${text.replaceAll(/^/gm, `  ${name}: `)}\n`);
  try {
    await PARTS[name]({ ...options, log });
    process.stdout.write(`ok       ${name}\n`);
    return 'ok';
  } catch (error) {
    const isMissing = error instanceof ToolMissingError;
    const word = isMissing ? 'not run ' : 'FAILED  ';
    process.stdout.write(`${word} ${name}: ${error.message}\n`);
    return isMissing ? 'not run' : 'failed';
  }
}

function readArguments() {
  const options = { write: { type: 'boolean' }, 'all-tools': { type: 'boolean' }, 'stand-in': { type: 'boolean' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const unknown = positionals.find((name) => !(name in PARTS));
  if (unknown !== undefined)
    throw new Error(`there is no part "${unknown}": expected some of ${Object.keys(PARTS).join(', ')}`);
  return { values, parts: positionals.length > 0 ? positionals : Object.keys(LIGHT) };
}

async function main() {
  const { values, parts } = readArguments();
  const options = { write: values.write ?? false, standIn: values['stand-in'] ?? false };
  const results = [];
  for (const part of parts) results.push(await runPart(part, options));
  const count = (word) => results.filter((result) => result === word).length;
  process.stdout.write(`${count('ok')} ok, ${count('failed')} failed, ${count('not run')} not run\n`);
  const isClean = count('failed') === 0 && (count('not run') === 0 || !values['all-tools']);
  process.exit(isClean ? 0 : 1);
}

await main().catch((error) => {
  process.stderr.write(`check:deploy: ${error.message}\n`);
  process.exit(2);
});
