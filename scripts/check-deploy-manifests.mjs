// The manifests of every overlay: rendered by Kustomize, compared with deploy/kubernetes/rendered, and held against the
// types of Kubernetes, KEDA and the Prometheus operator. An unknown key is an error, which an API server would let pass.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { kustomize, npmTools, run } from './check-deploy-tools.mjs';
import { projectRoot } from './project-files.mjs';

const kubernetes = join(projectRoot, 'deploy/kubernetes');
const rendered = join(kubernetes, 'rendered');

/** What is rendered: name of the result, folder. */
export const TARGETS = {
  small: 'overlays/small',
  production: 'overlays/production',
  keda: 'overlays/keda',
  'small-with-files': 'examples/small-with-files',
};

/** A hash of everything the manifests are made from: tells without Kustomize that a rendered file is old. */
export function hashOfManifests() {
  const hash = createHash('sha256');
  for (const entry of readdirSync(kubernetes, { recursive: true, withFileTypes: true })
    .filter(isSource)
    .toSorted(byPath)) {
    const path = join(entry.parentPath, entry.name);
    hash.update(`\0${relative(kubernetes, path)}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

/** @param write - bring deploy/kubernetes/rendered in line instead of complaining. */
export function checkRendered({ write, log }) {
  const head = `# Rendered from deploy/kubernetes by npm run check:deploy -- --write. Sources: sha256:${hashOfManifests()}\n`;
  mkdirSync(rendered, { recursive: true });
  const old = Object.entries(TARGETS).filter(([name, folder]) => {
    const text = `${head}${kustomize(join(kubernetes, folder)).trimEnd()}\n`;
    const file = join(rendered, `${name}.yaml`);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) return false;
    if (write) writeFileSync(file, text);
    return true;
  });
  const names = old.map(([name]) => `${name}.yaml`).join(', ');
  if (old.length > 0 && !write)
    throw new Error(`${names} in deploy/kubernetes/rendered: run npm run check:deploy -- --write`);
  log(old.length > 0 ? `written: ${names}` : `${Object.keys(TARGETS).length} overlays render to what is in rendered/`);
}

/** Types and unknown keys, then ranges and patterns. */
export async function checkSchemas({ log }) {
  const documents = [...readdirSync(rendered).map((name) => join(rendered, name)), ...examples()].flatMap(documentsOf);
  const modules = npmTools();
  checkTypes(documents, modules);
  const faults = [];
  for (const { where, value } of documents) faults.push(...(await faultsOf(where, value, modules)));
  if (faults.length > 0) throw new Error(faults.join('\n'));
  log(`${documents.length} documents fit their schemas, no unknown key`);
}

function isSource(entry) {
  return entry.isFile() && entry.name.endsWith('.yaml') && !entry.parentPath.endsWith('/rendered');
}

function byPath(a, b) {
  return join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;
}

function examples() {
  const folder = join(kubernetes, 'examples');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
}

function documentsOf(file) {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    const value = document.toJS();
    return { where: `${relative(kubernetes, file)}: ${value.kind} ${value.metadata.name}`, value };
  });
}

function moduleOf({ apiVersion, kind }) {
  const path = `${apiVersion}/${kind}`;
  if (apiVersion.startsWith('keda.sh/')) return `@kubernetes-models/keda/${path}`;
  if (apiVersion.startsWith('monitoring.coreos.com/')) return `@kubernetes-models/prometheus-operator/${path}`;
  return `kubernetes-models/${path}`;
}

// A literal of a type may not have a key that the type has not: that is how unknown keys are found.
function checkTypes(documents, modules) {
  const folder = join(modules, '..');
  const lines = documents.map(({ where, value }, i) =>
    [
      `import type { I${value.kind} as Type${i} } from '${moduleOf(value)}';`,
      `// ${where}`,
      `export const document${i}: Type${i} = ${JSON.stringify(value, null, 2)};`,
    ].join('\n'),
  );
  const file = join(folder, 'manifests.ts');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const flags = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--ignoreConfig',
    '--module',
    'preserve',
    '--target',
    'es2023',
  ];
  const { code, stdout } = run(process.execPath, [tsc, ...flags, file], { cwd: folder });
  if (code !== 0)
    throw new Error(`a manifest has a key or a value that its type does not know:\n${inWords(stdout, file)}`);
}

// manifests.ts(12,5): … becomes the manifest and the line as it is written.
function inWords(output, file) {
  const source = readFileSync(file, 'utf8').split('\n');
  return output.replaceAll(/^manifests\.ts\((\d+),\d+\): error TS\d+: (.*)$/gm, (_, line, message) => {
    const where = source.slice(0, Number(line)).findLast((text) => text.startsWith('// '));
    return `${where?.slice(3)}: ${source[Number(line) - 1].trim()} ${message}`;
  });
}

async function faultsOf(where, value, modules) {
  const module = await import(pathToFileURL(join(modules, `${moduleOf(value)}.js`)).href);
  try {
    new module[value.kind](value).validate();
    return [];
  } catch (error) {
    return [`${where}: ${error.message}`];
  }
}
