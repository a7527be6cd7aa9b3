import type { Records } from '../records/records.js';
import { callProvider } from './provider-client.js';

export interface HandActivities {
  bare: {
    lookUp(name: string): Promise<void>;
    turnOff(name: string, n: number): Promise<void>;
    writeEnd(name: string): Promise<void>;
  };
  equal: {
    lookUpRecorded(name: string): Promise<void>;
    turnOffRecorded(name: string, n: number): Promise<void>;
    writeEndRecorded(name: string): Promise<void>;
  };
}

const LEASE_MS = 35_000;

/** The activities of the workflows by hand. `equal` makes the two record commits that an effect of ours makes. */
export function handActivities(records: Records, provider: string): HandActivities['bare'] & HandActivities['equal'] {
  const note = (incident: string, key: string, line: string) =>
    records.timeline.append({ incident, at: Date.now(), kind: 'note', step: '', generation: 1, line, key });
  return {
    lookUp: async (name) => void (await callProvider(provider, 'GET', name)),
    turnOff: async (name, n) => void (await callProvider(provider, 'PUT', `${name}/act_${n}`, 'off')),
    writeEnd: async (name) => void (await callProvider(provider, 'PUT', `${name}/end`, 'off')),

    async lookUpRecorded(name) {
      await note(name, 'claimed', 'claimed');
      await callProvider(provider, 'GET', name);
      await note(name, 'pinned', 'pinned');
    },
    async turnOffRecorded(name, n) {
      const switchName = `${name}/act_${n}`;
      const lookedAt = Date.now();
      const before = await callProvider(provider, 'GET', switchName);
      const key = `${name}/act_${n}/turn_off/${switchName}/1`;
      const begun = await records.effects.begin({
        key,
        incident: name,
        target: switchName,
        class: 'contain',
        planDigest: '',
        args: 'off',
        before: { state: before },
        mode: 'repeat',
        undoes: '',
        lookedAt,
        now: Date.now(),
        quietMs: LEASE_MS,
      });
      if (!begun.granted) return;
      await callProvider(provider, 'PUT', switchName, 'off');
      const { epoch } = begun.row;
      await records.effects.finish({ key, epoch, state: 'done', outcome: {}, clear: true, now: Date.now(), lagMs: 0 });
    },
    async writeEndRecorded(name) {
      await note(name, 'closed', 'closed');
      await note(name, 'freed', 'freed');
    },
  };
}
