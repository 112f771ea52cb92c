import { expect, it } from 'vitest';
import { withSetting } from './suite.js';

it('overrides a setting however the environment spells it', () => {
  const env = { PRODUCER__SCAN_DIR: '/old', PRODUCER_SCAN_DIR: '/older', PATH: '/bin' };

  expect(withSetting(env, 'PRODUCER_SCAN_DIR', '/new')).toEqual({ PRODUCER_SCAN_DIR: '/new', PATH: '/bin' });
});
