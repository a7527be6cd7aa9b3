import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  personBehind,
  personNamed,
  roleNamed,
  sourceOf,
  UnknownName,
  writtenHolders,
  writtenOwners,
} from '../../../worker/people/people.js';
import { loadSettings } from '../../../worker/settings/load-settings.js';
import type { Role, Settings } from '../../../worker/settings/settings.js';

const file = join(import.meta.dirname, '../../../sandbox/firebreak.yaml');
const settings = { ...loadSettings(file, {}).settings, file: 'firebreak.yaml' } as Settings;
const listed: Role = { name: 'security-on-call', where: 'firebreak.yaml:9', people: ['sam', 'leo'] };
const withList: Settings = {
  ...settings,
  roles: settings.roles.map((role) => (role.name === listed.name ? listed : role)),
};
const namesOf = (written: ReturnType<typeof writtenHolders>) =>
  'people' in written ? written.people.map(({ name }) => name) : written.elsewhere.name;

describe('people', () => {
  it('does not know a person or a role that settings do not have, and says who was meant', () => {
    expect(() => personNamed(settings, 'samm')).toThrow(UnknownName);
    expect(() => personNamed(settings, 'samm')).toThrow('firebreak.yaml knows no person "samm". Did you mean sam?');
    expect(() => roleNamed(settings, 'boss')).toThrow(
      'firebreak.yaml knows no role "boss". It knows responder, security-on-call, security, service-owner, ciso.',
    );
  });

  it('finds the person behind a name of a provider', () => {
    expect(personBehind(settings, 'Mia-Acme')?.name).toBe('mia');
    expect(personBehind(settings, 'sam')?.name).toBe('sam');
    expect(personBehind(settings, 'svc-payouts')).toBeUndefined();
  });

  it('holds service-owner only for what its team owns', () => {
    const role = roleNamed(settings, 'service-owner');
    expect(namesOf(writtenHolders(settings, role, 'payments'))).toEqual(['mia']);
    expect(namesOf(writtenHolders(settings, role, 'trading'))).toEqual([]);
    expect(sourceOf(role, 'payments')).toMatch(/^firebreak\.yaml:\d+ of owner payments$/);
  });

  it('lets security-on-call stand in for an owner whom nobody knows, wherever they are written', () => {
    expect(namesOf(writtenOwners(withList, 'unknown'))).toEqual(['sam', 'leo']);
    expect(namesOf(writtenOwners(settings, 'unknown'))).toBe('security-on-call');
  });

  it('takes a role for the owner where settings name one, but never the owner for itself', () => {
    expect(namesOf(writtenOwners(settings, 'ciso'))).toEqual(['ana']);
    expect(namesOf(writtenOwners(settings, 'service-owner'))).toEqual([]);
  });
});
