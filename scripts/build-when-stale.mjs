// vitest's globalSetup of the end-to-end specs: they start the programs in dist/.
import { setup } from './setup.mjs';

export default () => setup();
