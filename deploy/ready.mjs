#!/usr/bin/env node
// `ready 9091`: 0 when the app of this port is ready, for health checks that can only run a program.
const [port] = process.argv.slice(2);
const url = `http://127.0.0.1:${port}/readyz`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!answer.ok) process.stderr.write(`${url} answered ${answer.status}: ${await answer.text()}\n`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  process.stderr.write(`${url} did not answer: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
