// Stands in for `inquirer` in the bundled admin CLI: nest-commander loads it, no command of ours asks through it.
export function prompt() {
  throw new Error('inquirer is not part of the admin bundle (scripts/shims/inquirer.mjs)');
}
