import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  audienceOf,
  emptyRoles,
  peopleOf,
  personBehind,
  personNamed,
  rolesOf,
  UnknownName,
} from '../../worker/people.js';
import { loadSettings } from '../../worker/settings/load-settings.js';
import type { Settings } from '../../worker/settings/settings.js';

const file = join(import.meta.dirname, '../../sandbox/firebreak.yaml');
const settings = { ...loadSettings(file, {}).settings, file: 'firebreak.yaml' } as Settings;
const names = (people: { name: string }[]) => people.map(({ name }) => name);

describe('people', () => {
  it('does not know a person or a role that settings do not have, and says who was meant', () => {
    expect(() => personNamed(settings, 'samm')).toThrow(UnknownName);
    expect(() => rolesOf(settings, 'samm', { owner: 'payments' })).toThrow(
      'firebreak.yaml knows no person "samm". Did you mean sam?',
    );
    expect(() => peopleOf(settings, 'boss', { owner: 'payments' })).toThrow(
      'firebreak.yaml knows no role "boss". It knows responder, security-on-call, service-owner, ciso.',
    );
  });

  it('holds service-owner only for what its team owns', () => {
    expect(names(peopleOf(settings, 'service-owner', { owner: 'payments' }))).toEqual(['mia']);
    expect(rolesOf(settings, 'mia', { owner: 'payments' })).toEqual([
      { role: 'responder', source: 'firebreak.yaml:17 people' },
      { role: 'service-owner', source: 'firebreak.yaml:19 of owner payments' },
    ]);
    expect(rolesOf(settings, 'mia', { owner: 'security' })).toEqual([
      { role: 'responder', source: 'firebreak.yaml:17 people' },
    ]);
  });

  it('lets security-on-call stand in for an owner whom nobody knows', () => {
    expect(names(peopleOf(settings, 'service-owner', { owner: 'unknown' }))).toEqual(['sam', 'leo']);
  });

  it('takes a role for the owner where settings name one', () => {
    expect(names(peopleOf(settings, 'service-owner', { owner: 'security-on-call' }))).toEqual(['sam', 'leo']);
  });

  it('names the roles that nobody holds', () => {
    expect(emptyRoles(settings, { owner: 'trading' })).toEqual(['service-owner']);
    expect(emptyRoles(settings, { owner: 'payments' })).toEqual([]);
  });

  it('finds the person behind a name of a provider', () => {
    expect(personBehind(settings, 'Mia-Acme')?.name).toBe('mia');
    expect(personBehind(settings, 'sam')?.name).toBe('sam');
    expect(personBehind(settings, 'svc-payouts')).toBeUndefined();
  });

  it('finds whom an audience means', () => {
    expect(names(audienceOf(settings, 'owner', { owner: 'payments' }))).toEqual(['mia']);
    expect(audienceOf(settings, 'legal', { owner: 'payments' })).toEqual([
      { name: 'legal', mail: 'legal@acme.example' },
    ]);
    expect(names(audienceOf(settings, 'ciso', { owner: 'payments' }))).toEqual(['ana']);
    expect(audienceOf(settings, 'customer', { owner: 'payments' })).toEqual([]);
  });
});
