// The program itself. `--version` is answered at once: loading Nest takes most of the time of a command.
if (process.argv[2] === '--version' || process.argv[2] === '-V') {
  process.stdout.write(`${process.env.BUILD_VERSION ?? 'development'}\n`);
} else {
  const { loadCompiled } = await import('./load-compiled.js');
  loadCompiled();
}

export {};
