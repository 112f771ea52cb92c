// Stands in for `@fig/complete-commander` in the bundled admin CLI: completion is offered for bash and zsh, not for Fig.
export function addCompletionSpecCommand() {
  throw new Error('@fig/complete-commander is not part of the admin bundle (scripts/shims/fig.mjs)');
}
