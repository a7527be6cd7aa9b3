import { expect, it } from 'vitest';
import { type Caller, requireRole } from '../../../worker/api/access.js';
import type { HeldRoles } from '../../../worker/people/directory.js';

const why = 'PagerDuty does not answer, so I could not ask who of security-on-call is on call';
const caller = (held: HeldRoles): Caller => ({
  tokenId: 'sam-laptop',
  person: 'sam',
  salt: 'x',
  channel: 'api',
  roles: async () => held,
});

it('lets nobody in whose role could not be read, and says which source that was', async () => {
  const unread = [{ role: 'security-on-call', why }];
  await expect(requireRole(caller({ roles: [], unread }), ['security-on-call'])).rejects.toMatchObject({
    status: 403,
    message: `This needs security-on-call, and whether sam (token sam-laptop) holds it nobody can say now: ${why}. Try again, or ask somebody else.`,
  });
});

it('blames no source that has nothing to do with it', async () => {
  const held = { roles: [{ role: 'responder', source: 'x' }], unread: [{ role: 'security-on-call', why }] };
  await expect(requireRole(caller(held), ['ciso'])).rejects.toThrow(
    'This needs ciso, and sam (token sam-laptop) holds none.',
  );
  expect(await requireRole(caller(held), ['responder', 'security-on-call'])).toEqual(held.roles);
});
