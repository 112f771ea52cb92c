// Base images and workflow actions are named once, in deploy/pins.json.
//
//   node scripts/pin.mjs             do all files say what deploy/pins.json says?
//   node scripts/pin.mjs --write     bring the files in line, after a tag was changed in deploy/pins.json
//   node scripts/pin.mjs --resolve   ask the registries for digests and commits (needs network), then --write
//
// A digest is only ever written when a registry has answered with it. Plain Node, no dependencies.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './project-files.mjs';

const pinsFile = join(projectRoot, 'deploy/pins.json');
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const COMMIT = /^[0-9a-f]{40}$/;
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** What deploy/pins.json says. An empty digest or commit has not been resolved. */
export function pins() {
  return JSON.parse(readFileSync(pinsFile, 'utf8'));
}

/** The files that name images or actions, relative to the project. */
export function pinnedFiles() {
  return ['deploy/Dockerfile', 'deploy/docker-compose.yml', '.github/workflows', 'deploy/kubernetes'].flatMap(filesAt);
}

/** The text of a file with every image and action as `wanted` has it. */
export function withPins(text, wanted) {
  const images = Object.values(wanted.images).reduce(withImage, withNodeArguments(text, wanted.images.node));
  return Object.entries(wanted.actions).reduce(withAction, images);
}

/**
 * The digest that a registry has for a tag.
 *
 * @throws {Error} it did not answer with one.
 */
export async function resolveImage(reference, ask = fetch) {
  const { host, repository, tag } = parts(reference);
  const url = `https://${host}/v2/${repository}/manifests/${tag}`;
  const headers = { accept: MANIFESTS };
  let answer = await ask(url, { method: 'HEAD', headers });
  if (answer.status === 401) {
    const authorization = `Bearer ${await anonymousToken(answer.headers.get('www-authenticate') ?? '', ask)}`;
    answer = await ask(url, { method: 'HEAD', headers: { ...headers, authorization } });
  }
  const digest = answer.headers.get('docker-content-digest') ?? '';
  if (answer.status === 200 && DIGEST.test(digest)) return digest;
  throw new Error(
    `${reference}: ${host} answered ${answer.status} and no digest; is the tag in deploy/pins.json right?`,
  );
}

/**
 * The commit of a tag of an action; of an annotated tag the commit it points to.
 *
 * @param listing - what `git ls-remote` printed for the tag.
 */
export function commitOf(action, tag, listing) {
  const lines = listing.split('\n').map((line) => line.split('\t'));
  const found = [`refs/tags/${tag}^{}`, `refs/tags/${tag}`].map((ref) => lines.find(([, name]) => name === ref)?.[0]);
  const commit = found.find((value) => COMMIT.test(value ?? ''));
  if (commit === undefined) throw new Error(`${action}: there is no tag ${tag}`);
  return commit;
}

function filesAt(path) {
  const absolute = join(projectRoot, path);
  if (!existsSync(absolute)) return [];
  if (/\.\w+$|Dockerfile$/.test(path)) return [path];
  return readdirSync(absolute, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => relative(projectRoot, join(entry.parentPath, entry.name)))
    .toSorted();
}

// The Dockerfile puts its base together from two arguments, so that NODE_VERSION can be given to a build.
function withNodeArguments(text, { reference, digest }) {
  const version = /:([\d.]+)/.exec(reference)[1];
  return text
    .replace(/^ARG NODE_VERSION=.*$/m, `ARG NODE_VERSION=${version}`)
    .replace(/^ARG NODE_DIGEST=.*$/m, `ARG NODE_DIGEST=${digest === '' ? '' : `@${digest}`}`);
}

function withImage(text, { reference, digest }) {
  const name = reference.slice(0, reference.lastIndexOf(':')).replaceAll('.', '\\.');
  const pinned = digest === '' ? reference : `${reference}@${digest}`;
  return text.replace(new RegExp(`${name}:[\\w][\\w.-]*(@sha256:[0-9a-f]{64})?`, 'g'), pinned);
}

function withAction(text, [action, { tag, commit }]) {
  const pinned = commit === '' ? tag : `${commit} # ${tag}`;
  return text.replace(new RegExp(`(uses: ${action})@.*$`, 'gm'), `$1@${pinned}`);
}

function parts(reference) {
  const [, domain, repository, tag] = /^([^/]+)\/(.+):([\w][\w.-]*)$/.exec(reference) ?? [];
  if (tag === undefined) throw new Error(`"${reference}": expected registry/name:tag`);
  return { host: domain === 'docker.io' ? 'registry-1.docker.io' : domain, repository, tag };
}

async function anonymousToken(challenge, ask) {
  const { realm, ...query } = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, k, v]) => [k, v]));
  if (!realm?.startsWith('https://'))
    throw new Error(`the registry wants a login that is not understood: ${challenge}`);
  const answer = await ask(`${realm}?${new URLSearchParams(query)}`);
  return (await answer.json()).token;
}

async function resolveAll(wanted) {
  for (const image of Object.values(wanted.images)) image.digest = await resolveImage(image.reference);
  for (const [action, pin] of Object.entries(wanted.actions)) {
    const url = `https://github.com/${action}`;
    const listing = execFileSync('git', ['ls-remote', url, `refs/tags/${pin.tag}`, `refs/tags/${pin.tag}^{}`]);
    pin.commit = commitOf(action, pin.tag, listing.toString());
  }
  writeFileSync(pinsFile, `${JSON.stringify(wanted, null, 2)}\n`);
}

async function main(flags) {
  const unknown = flags.filter((flag) => flag !== '--write' && flag !== '--resolve');
  if (unknown.length > 0) throw new Error(`unknown argument "${unknown[0]}": expected --write or --resolve`);
  const wanted = pins();
  if (flags.includes('--resolve')) await resolveAll(wanted);
  const differing = pinnedFiles().filter((file) => {
    const text = readFileSync(join(projectRoot, file), 'utf8');
    const right = withPins(text, wanted);
    if (flags.length > 0 && right !== text) writeFileSync(join(projectRoot, file), right);
    return right !== text;
  });
  for (const file of differing)
    process.stdout.write(`${file}: ${flags.length > 0 ? 'written' : 'differs from deploy/pins.json'}\n`);
  if (flags.length === 0 && differing.length > 0) throw new Error('run node scripts/pin.mjs --write');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`pin: ${error.message}\n`);
    process.exitCode = 1;
  });
}
