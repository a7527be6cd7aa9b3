/** Incidents told on a real server: one per way to end, then one per thing that people or providers do on the way. */

import type { ClosedAs } from '../../playbooks/language/words.js';
import type { AlertsJoined } from '../../workflows/core/message.js';
import { act, awsPlan, planOf } from './plans.js';
import { Incident, isDown, refuses } from './shell.js';
import { TALES } from './tales.js';

export interface Outcome {
  name: string;
  as: ClosedAs;
  /** It takes more than a minute, so it is told only to be recorded; its history replays with the others. */
  onlyRecorded?: true;
  /** Starts it and says what people say; the end is awaited by whoever calls. */
  tell(): Promise<Incident>;
}

const asked = ({ waiting }: { waiting: unknown[] }) => waiting.length > 0;

const ENDS: Outcome[] = [
  {
    name: 'dead',
    as: 'dead',
    async tell() {
      const incident = await Incident.start('dead', awsPlan());
      await incident.until(asked);
      await incident.answers('sam', 'revoke', 'yes');
      await incident.answers('mia', 'revoke', 'yes');
      return incident;
    },
  },
  {
    name: 'dead-after-a-no-and-a-retry',
    as: 'dead',
    async tell() {
      const incident = await Incident.start(
        'dead-after-a-no-and-a-retry',
        awsPlan(),
        (name, { generation }, attempt) => {
          if (name === 'disable' && attempt === 1) isDown();
          if (name === 'cut_sessions' && generation === 1) refuses('permission-denied');
        },
      );
      await incident.until(asked);
      await incident.answers('sam', 'revoke', 'no');
      await incident.says('rob', 'retry', { step: 'cut_sessions' });
      await incident.says('rob', 'retry', { step: 'revoke' });
      await incident.until(asked);
      await incident.answers('mia', 'revoke', 'yes');
      await incident.answers('both', 'revoke', 'yes');
      return incident;
    },
  },
  {
    name: 'contained',
    as: 'contained',
    async tell() {
      const incident = await Incident.start('contained', awsPlan());
      await incident.until(asked);
      await incident.says('rob', 'close', { reason: 'deleted with the account' });
      return incident;
    },
  },
  {
    name: 'false-alarm',
    as: 'false_alarm',
    async tell() {
      const needsHuman = { result: 'needs_human', line: 'somebody else changed it since' };
      const incident = await Incident.start('false-alarm', awsPlan(), (name, { step }) =>
        name === 'undo' && step === 'contain.cut_sessions' ? needsHuman : undefined,
      );
      await incident.until(asked);
      await incident.says('sam', 'false_alarm', { reason: 'a canary' });
      await incident.until(({ stage, waiting }) => stage === 'undoing' && waiting.length > 0);
      await incident.answers('sam', 'undo.contain.cut_sessions', 'done');
      return incident;
    },
  },
  {
    name: 'cancelled',
    as: 'cancelled',
    async tell() {
      const incident = await Incident.start('cancelled', awsPlan());
      await incident.until(asked);
      const joined: AlertsJoined = { alerts: 2, exposure: 'public', secretHeld: true, at: Date.now() };
      await incident.handle.signal('alerts_joined', joined);
      await incident.until(({ alerts }) => alerts === 2);
      await incident.handle.cancel();
      return incident;
    },
  },
  {
    name: 'observed',
    as: 'observed',
    tell: () =>
      Incident.start(
        'observed',
        planOf([act('contain.disable', 'contain', { skip: 'observe mode' }), act('alongside.scan_logs', 'read')], {
          mode: 'observe',
        }),
      ),
  },
  {
    name: 'joined',
    as: 'joined',
    tell: () =>
      Incident.start('joined', awsPlan(), undefined, { result: 'joined', to: 'INC-7', line: 'INC-7 holds this key' }),
  },
  {
    name: 'benign',
    as: 'benign',
    tell: () =>
      Incident.start('benign', awsPlan(), undefined, { result: 'benign', line: 'an example key of the documentation' }),
  },
];

/** Their histories stand in test/histories and must replay. */
export const OUTCOMES: Outcome[] = [...ENDS, ...TALES];
