// Stands in for `cosmiconfig` in the bundled admin CLI: nest-commander needs it for plugins only, and we load none.
export function cosmiconfig() {
  throw new Error('cosmiconfig is not part of the admin bundle (scripts/shims/cosmiconfig.mjs)');
}
