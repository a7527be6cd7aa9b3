import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseProtected } from '../../activities/protected.js';

const credential = {
  kind: 'aws-access-key',
  id: 'AKIAABCDEFGHIJKLMNOP',
  account: '111122223333',
  name: 'break-glass-1',
  principal: 'arn:aws:iam::111122223333:user/break-glass-1',
};
const touched =
  (pattern: string, over: object = {}) =>
  () =>
    refuseProtected([{ pattern, where: 'firebreak.yaml:41' }], { ...credential, ...over });

describe('refuseProtected', () => {
  it('says who is protected, where that is written, and what to do', () => {
    expect(touched('user/break-glass-*')).toThrow(
      "break-glass-1 is protected (firebreak.yaml:41). I won't touch it; a person has to.",
    );
  });
  it.each([
    'arn:aws:iam::111122223333:user/break-glass-1',
    'user/*',
    '*',
    'break-glass-1',
    'AKIAABCDEFGHIJKLMNOP',
    '*glass*',
  ])('protects by %s', (pattern) => expect(touched(pattern)).toThrow(expect.objectContaining({ code: 'protected' })));
  it.each(['user/break-glass-*', 'user/ops/*', 'user/ops/admin/break-glass-1', 'USER/Break-Glass-*'])(
    'protects a user who lies under a path by %s',
    (pattern) =>
      expect(touched(pattern, { principal: 'arn:aws:iam::111122223333:user/ops/admin/break-glass-1' })).toThrow(),
  );
  it.each(['user/break-glass-', 'user/break-glass-2', 'break-glass', 'role/*', '', 'user/break*glass-2', '*-2'])(
    'lets %j through, which is somebody else',
    (pattern) => expect(touched(pattern)).not.toThrow(),
  );
  it('takes everything but the star literally', () => {
    expect(touched('user/break.glass.1')).not.toThrow();
    expect(touched('(user|role)/.*')).not.toThrow();
  });
  it('always protects a name by itself, and by itself with a star anywhere', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z/:-]{1,30}$/), fc.nat(30), (name, at) => {
        const cut = Math.min(at, name.length);
        expect(touched(name, { principal: name })).toThrow();
        expect(touched(`${name.slice(0, cut)}*${name.slice(cut)}`, { principal: name })).toThrow();
      }),
    );
  });
});
