// `npm start`: sets the machine up, then runs the main job on the sample folder, or on the one given as --scan-dir.
// It becomes the program, in this process: signals and the exit code are the program's own.
import { setupOrExit } from './setup.mjs';

const extraArgs = process.argv.slice(2);
const names = (option) => extraArgs.some((arg) => arg === option || arg.startsWith(`${option}=`));

await setupOrExit();

const program = new URL('../dist/apps/all/index.js', import.meta.url);
const sample = new URL('../apps/producer/sample', import.meta.url);
const sampleArgs =
  names('--scan-dir') || names('--config') ? [] : [`--scan-dir=${decodeURIComponent(sample.pathname)}`];

process.argv = [
  process.argv[0],
  decodeURIComponent(program.pathname),
  '--role=all',
  '--embedded-redis',
  ...sampleArgs,
  ...extraArgs,
];
await import(program.href);
