import { expect, it } from 'vitest';
import { serverEnvironment } from '../../../worker/temporal/server-settings.js';

it('hands no secret of ours, and no setting of another cluster, to the server that outlives us', () => {
  const env = { PATH: '/bin', HOME: '/root', FIREBREAK_KEY: 'k', AWS_SECRET_ACCESS_KEY: 's', TEMPORAL_ADDRESS: 'a:1' };
  expect(serverEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/root' });
});
