// For `nest start`, whose output is plain tsc in .nest/: what rolldown does in a build, done while modules are loaded.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

// Node runs this file twice: by --import in the main thread, then as the hooks in a thread of their own.
if (isMainThread) register(import.meta.url);

/** tsc copies no .mjs file that has types of its own: an import from .nest/scripts/ means the original. */
export function resolve(specifier, context, nextResolve) {
  if (!specifier.endsWith('.mjs') || !context.parentURL?.includes('/.nest/')) return nextResolve(specifier, context);
  const original = new URL(specifier, context.parentURL).href.replace('/.nest/scripts/', '/scripts/');
  return nextResolve(original, context);
}

/** A Lua script is imported as its text. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.lua')) return nextLoad(url, context);
  const source = await readFile(new URL(url), 'utf8');
  return { format: 'module', source: `export default ${JSON.stringify(source)};`, shortCircuit: true };
}
