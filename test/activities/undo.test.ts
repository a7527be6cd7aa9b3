import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { act } from '../../activities/act.js';
import type { Connector } from '../../activities/connectors/contract.js';
import { undo } from '../../activities/undo.js';
import { attempt, disable, pinIncident } from './pinned-incident.js';

let site: Awaited<ReturnType<typeof pinIncident>>;
beforeEach(async () => {
  site = await pinIncident({ subject: 'mia', steps: [{ ...disable, args: { remove: ['withdraw'] } }] });
  await act(site.seams, 'disable', site.call(), attempt);
  site.provider.pass(site.provider.lagMs);
});
afterEach(() => site.close());

const brought = () => undo(site.seams, { ...site.call(), because: 'false_alarm' });

describe('undo without a false alarm in records', () => {
  it.each([
    ['nobody called it one', {}],
    ['somebody without the role did', { control: 'false_alarm', roles: [{ role: 'service-owner', source: 'test' }] }],
    ['the person did whose own key it is', { control: 'false_alarm', person: 'mia' }],
    ['somebody pressed another control', { control: 'resume' }],
  ])('leaves a leaked key off: %s', async (_, decision) => {
    if ('control' in decision) await site.decide(decision);
    await expect(brought()).rejects.toMatchObject({ code: 'permission-denied' });
    expect(site.provider.truth('K')).toBe('Inactive');
  });

  it('leaves a leaked key off when the false alarm was refused', async () => {
    await site.decide({ id: 'refused', control: 'false_alarm' });
    await site.records.decisions.settle('refused', 'refused', 'It is closed.', 1);
    await expect(brought()).rejects.toMatchObject({ code: 'permission-denied' });
  });
});

it('brings back what was there before us once a person has called it a false alarm', async () => {
  await site.decide({ control: 'false_alarm' });
  expect(await brought()).toMatchObject({ result: 'undone' });
  expect(site.provider.truth('K')).toBe('Active');
});

it('undoes what the step was told to do: its connector hears the same arguments', async () => {
  await site.decide({ control: 'false_alarm' });
  const connector = site.seams.connectors.key as Connector;
  const heard: unknown[] = [];
  site.seams.connectors.key = {
    ...connector,
    intend: (verb, call) => {
      heard.push(call.args);
      return connector.intend(verb, call);
    },
  };
  await brought();
  expect(heard[0]).toEqual({ remove: ['withdraw'] });
});
