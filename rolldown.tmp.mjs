import all from './rolldown.config.mjs';
import { fileURLToPath } from 'node:url';
const stub = fileURLToPath(new URL('./apps/admin/queue-stub.tmp.ts', import.meta.url));
export default all.filter((c) => c.output.dir === 'dist/apps/admin').map((c) => ({ ...c, resolve: { ...c.resolve, alias: { ...c.resolve?.alias, '@app/queue': stub } }, output: { ...c.output, dir: '.tmp-admin' } }));
