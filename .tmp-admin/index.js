#!/usr/bin/env node
// apps/admin/src/launcher.ts
if (process.argv[2] === "--version" || process.argv[2] === "-V") process.stdout.write(`0.1.0\n`);
else await import("./main.js");
export {};

//# sourceMappingURL=index.js.map