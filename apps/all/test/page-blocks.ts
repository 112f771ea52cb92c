/** The bash blocks of a page, in its order, without the indent that a list gives them. */
export function bashBlocks(page: string): string[] {
  return [...page.matchAll(/^( *)```bash\n(.*?)^ *```/gms)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim(),
  );
}

/** Blocks that need a Docker engine, a cluster, a remote repository or another Redis, or that install: their syntax is all that can be checked here. */
export function needsMore(block: string): boolean {
  return /^\s*(BUILDKIT_INLINE_CACHE=1 )?(docker|kubectl|helm|git push|npm run setup|redis-cli)\b/m.test(block);
}
