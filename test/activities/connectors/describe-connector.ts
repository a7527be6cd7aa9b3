import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  Answer,
  Change,
  Connector,
  ConnectorCall,
  Intent,
  Observation,
  SendOptions,
} from '../../../activities/connectors/contract.js';
import { ConnectorError } from '../../../activities/connectors/contract.js';
import type { Secret } from '../../../activities/secrets/secret.js';
import type { Credential } from '../../../playbooks/language/plan.js';
import { CONNECTOR_ERROR_CODES } from '../../../playbooks/language/words.js';

/** What goes wrong with the next request that changes something, or with the next read of it. */
export type Trouble = 'lost-before' | 'lost-after' | 'error' | 'error-after' | 'throttle' | 'deny';

/** A connector, the twin it talks to, and a live leaked credential there. */
export interface Twinned {
  connector: Connector;
  credential: Credential;
  leaked: Secret;
  /** An id that the provider never knew. */
  strangerId: string;
  /** ms since epoch, on the provider's clock. */
  now(): number;
  /** Lets the provider's clock go on: what was changed becomes known everywhere. */
  pass(seconds: number): void;
  /** Requests that changed something, since the start. */
  writes(): number;
  /** Ids of the holder's credentials that are there, live or not. */
  kept(): string[];
  /** `active`, `inactive`, `gone`. */
  stateOf(id: string): string;
  /** For the next request of this verb; `read` = any look, `find` = the last kind of look that finding takes. */
  trouble(verb: string | 'read' | 'prove' | 'find', trouble: Trouble): void;
  /** The leaked credential makes another one, as an attacker does; its id. Absent: the twin knows no such thing. */
  attackerMakes?(): Promise<string>;
  /** Every secret that must be found nowhere, the one planted in error texts included. */
  canaries(): string[];
  close(): Promise<void>;
}

/** What every connector promises, for whatever verbs it has. `start` gives a fresh twin for each promise. */
export function describeConnector(name: string, start: () => Promise<Twinned>): void {
  describe(`connector: ${name}`, () => {
    let twin: Twinned;
    let said: unknown[];
    beforeEach(async () => {
      twin = await start();
      said = [];
    });
    afterEach(async () => {
      try {
        hidesCanaries(twin, said);
      } finally {
        await twin.close();
      }
    });

    /** Keeps what the connector said, to search it for secrets at the end of each promise. */
    const heard = <T>(value: T): T => {
      said.push(value);
      return value;
    };
    const call = (): ConnectorCall => ({ credential: twin.credential, incident: 'INC-142', args: {}, now: twin.now });
    const intent = (verb: string): Intent => {
      const [first, ...rest] = twin.connector.intend(verb, call());
      expect(rest).toEqual([]);
      expect(first?.class).toBe(twin.connector.spec.verbs[verb]?.class);
      return heard(first as Intent);
    };
    const now = (): SendOptions => ({ signedAt: twin.now(), signal: AbortSignal.timeout(5_000) });
    const send = async (change: Change, args: unknown): Promise<Answer> => heard(await change.apply(args, now()));
    const does = async (verb: string): Promise<Answer> => {
      const { change, args } = intent(verb);
      return send(change, args);
    };
    const sees = async (proof: Parameters<Connector['prove']>[0], held: Parameters<Connector['prove']>[2]) =>
      heard(await twin.connector.prove(proof, call(), held));
    const throwsCode = async (promise: Promise<unknown>): Promise<string> => {
      const error = heard(
        await promise.then(
          () => undefined,
          (thrown: unknown) => thrown,
        ),
      );
      expect(error).toBeInstanceOf(ConnectorError);
      return (error as ConnectorError).code;
    };

    const verbs = ['disable', 'cut_sessions', 'rotate', 'revoke'];
    const can = async (...needed: string[]): Promise<boolean> =>
      needed.every((verb) => verb in twin.connector.spec.verbs);
    /** For connectors that have all of these verbs; the others promise nothing here, and say so. */
    const promises = (title: string, needed: string[], story: () => Promise<void>): void =>
      it(title, async ({ skip }) => {
        if (!(await can(...needed))) skip(`${name} has no ${needed.join(', ')}`);
        await story();
      });

    promises('finds what the attacker made since the exposure, once, with when and how', ['find_created'], async () => {
      const since = twin.now();
      const made = await twin.attackerMakes?.();
      twin.pass(2);

      const found = heard(await twin.connector.findCreated?.(call(), since));

      const credentials = found?.filter(({ what }) => what === 'credential') ?? [];
      expect(credentials.map(({ credential }) => credential)).toMatchObject([
        { kind: twin.credential.kind, id: made, account: twin.credential.account },
      ]);
      expect(credentials[0]?.at).toBeGreaterThan(since - 1_000);
      expect(credentials[0]?.at).toBeLessThanOrEqual(twin.now());
      for (const { ways } of found ?? []) expect(new Set(ways).size).toBe(ways.length);
      for (const { ways } of found ?? []) expect(ways).not.toHaveLength(0);
    });

    promises('finds nothing where nothing was made since the exposure', ['find_created'], async () => {
      expect(heard(await twin.connector.findCreated?.(call(), twin.now()))).toEqual([]);
    });

    promises('shows no part of a listing as all of it', ['find_created'], async () => {
      await twin.attackerMakes?.();
      twin.trouble('find', 'deny');

      expect(await throwsCode(twin.connector.findCreated?.(call(), 0) as Promise<unknown>)).toBe('permission-denied');
    });

    it('writes nothing when it reads, looks or proves', async () => {
      heard(await twin.connector.identify(twin.credential.id));
      heard(await twin.connector.identify(twin.strangerId));
      heard(await twin.connector.findCreated?.(call(), 0));
      for (const verb of verbs) if (await can(verb)) heard(await intent(verb).change.read());
      for (const proof of [...twin.connector.spec.proofs, 'restored'] as const) {
        await sees(proof, {});
        await sees(proof, { leaked: twin.leaked });
      }

      expect(twin.writes()).toBe(0);
    });

    it('knows whose credential it is, and says when nobody of ours has it', async () => {
      const ours = heard(await twin.connector.identify(twin.credential.id));
      const stranger = heard(await twin.connector.identify(twin.strangerId));

      expect(ours).toMatchObject({ known: true, state: 'active', account: twin.credential.account });
      expect(ours.principal).toBe(twin.credential.principal);
      expect(stranger.known && stranger.state !== 'gone').toBe(false);
    });

    it('says invalid of what is no id at all, and does not say it back', async () => {
      const pasted = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYcanarypaste';

      const error = await twin.connector.identify(pasted).catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({ code: 'invalid' });
      expect(inspect(error)).not.toContain(pasted);
    });

    it('refuses a verb that it does not have', () => {
      expect(() => twin.connector.intend('launch', call())).toThrow(/cannot launch/);
    });

    promises('sees a credential alive until it is refused, and then contained', ['disable'], async () => {
      expect((await sees('contained', { leaked: twin.leaked })).seen).toBe('no');
      await does('disable');
      twin.pass(twin.connector.propagation.windowSeconds);

      const tried = await sees('contained', { leaked: twin.leaked });
      const asked = await sees('contained', {});

      expect(tried).toMatchObject({ seen: 'yes', grade: 'refused' });
      expect(asked).toMatchObject({ seen: 'yes', grade: 'provider-state' });
    });

    promises('does not call dead what can be switched on again', ['disable'], async () => {
      await does('disable');
      twin.pass(twin.connector.propagation.windowSeconds);

      expect((await sees('dead', { leaked: twin.leaked })).seen).toBe('no');
      expect((await sees('dead', {})).seen).toBe('no');
    });

    promises('does not believe a wrong secret that is refused', ['disable'], async () => {
      const wrong = await twin.connector.prove('contained', call(), { leaked: wrongSecret(twin.leaked) });

      expect(heard(wrong).seen).toBe('unknown');
    });

    promises('brings back what was there before, from the pre-image', ['disable'], async () => {
      const { change, args, argsFor } = intent('disable');
      const before = (await change.read()).state;
      await send(change, args);
      expect((await change.read()).state).toEqual(args);

      await send(change, argsFor?.(before));
      twin.pass(twin.connector.propagation.windowSeconds);

      expect((await change.read()).state).toEqual(before);
      expect((await sees('restored', { leaked: twin.leaked })).seen).toBe('yes');
      expect((await sees('restored', {})).seen).toBe('yes');
    });

    promises('asked twice, disables the same thing to the same state', ['disable'], async () => {
      expect((await does('disable')).kind).toBe('applied');
      expect((await does('disable')).kind).toBe('applied');

      expect(twin.stateOf(twin.credential.id)).toBe('inactive');
    });

    promises('disables once however many attempts run at once', ['disable'], async () => {
      const answers = await Promise.all([does('disable'), does('disable'), does('disable')]);

      expect(answers.map(({ kind }) => kind)).toEqual(['applied', 'applied', 'applied']);
      expect(twin.stateOf(twin.credential.id)).toBe('inactive');
    });

    promises(
      'cuts sessions by a thing of the incident’s own, and takes only that away again',
      ['cut_sessions'],
      async () => {
        const { change, args, argsFor } = intent('cut_sessions');
        const before = (await change.read()).state;
        expect(before).toBeNull();
        expect((await send(change, args)).kind).toBe('applied');
        expect((await change.read()).state).toEqual(args);

        expect((await send(change, argsFor?.(before))).kind).toBe('applied');

        expect((await change.read()).state).toBeNull();
      },
    );

    promises('leaves the old one alive when it makes a new one, and the new one works', ['rotate'], async () => {
      const answer = await does('rotate');

      expect(answer.kind).toBe('applied');
      const made = answer as Extract<Answer, { kind: 'applied' }>;
      expect(twin.kept().sort()).toEqual([twin.credential.id, made.id].sort());
      expect(twin.stateOf(twin.credential.id)).toBe('active');
      const replacement = { id: made.id as string, secret: made.secret as Secret };
      expect((await sees('replacement_works', { replacement })).seen).toBe('yes');
      expect((await sees('replacement_works', {})).seen).toBe('unknown');
    });

    promises(
      'lists what it made, so that a stray of a lost answer can be found and switched off',
      ['rotate'],
      async () => {
        const { change, args, disableStray } = intent('rotate');
        const known = (await change.read()).items?.map(({ id }) => id);
        twin.trouble('rotate', 'lost-after');

        expect((await send(change, args)).kind).toBe('unknown');

        const strays = (await change.read()).items?.filter(({ id }) => known?.includes(id) === false);
        expect(strays).toHaveLength(1);
        const stray = disableStray?.(strays?.[0]?.id as string);
        expect((await send(stray?.change as Change, stray?.args)).kind).toBe('applied');
        expect(twin.stateOf(strays?.[0]?.id as string)).toBe('inactive');
      },
    );

    promises('sends once: an error that hides a success makes no second one', ['rotate'], async () => {
      twin.trouble('rotate', 'error-after');

      expect((await does('rotate')).kind).toBe('unknown');

      expect(twin.kept()).toHaveLength(2);
      expect(twin.writes()).toBe(1);
    });

    promises('kills for good, and says gone when asked again', ['revoke'], async () => {
      expect((await does('revoke')).kind).toBe('applied');
      twin.pass(twin.connector.propagation.windowSeconds);

      expect(twin.stateOf(twin.credential.id)).toBe('gone');
      expect((await does('revoke')).kind).toBe('gone');
      expect((await intent('revoke').change.read()).state).toBeNull();
      expect(await sees('dead', { leaked: twin.leaked })).toMatchObject({ seen: 'yes', grade: 'refused' });
      expect(await sees('dead', {})).toMatchObject({ seen: 'yes', grade: 'provider-state' });
      expect(await twin.connector.identify(twin.credential.id)).toMatchObject({ state: 'gone' });
    });

    promises('has nothing to bring back once it is gone', ['disable', 'revoke'], async () => {
      await does('revoke');

      expect((await does('disable')).kind).toBe('gone');
    });

    for (const verb of verbs) {
      promises(`${verb}: no answer is unknown, whether it was applied or not`, [verb], async () => {
        twin.trouble(verb, 'lost-before');
        const before = await does(verb);
        twin.trouble(verb, 'lost-after');
        const after = await does(verb);

        expect([before.kind, after.kind]).toEqual(['unknown', 'unknown']);
        expect(twin.writes()).toBe(1);
      });

      promises(
        `${verb}: tells a busy provider, a broken one and a no apart, and none of them changed anything`,
        [verb],
        async () => {
          twin.trouble(verb, 'throttle');
          const busy = await does(verb);
          twin.trouble(verb, 'error');
          const broken = await does(verb);
          twin.trouble(verb, 'deny');
          const no = await does(verb);

          expect([busy.kind, broken.kind]).toEqual(['throttled', 'unknown']);
          expect(no).toMatchObject({ kind: 'denied', code: 'permission-denied' });
          expect(twin.writes()).toBe(0);
        },
      );

      promises(`${verb}: a request that was signed too long ago changes nothing`, [verb], async () => {
        const { change, args } = intent(verb);
        const { lateSeconds, kind } = twin.connector.fence;
        const longAgo = twin.now() - (lateSeconds + 60) * 1_000;

        const late = heard(await change.apply(args, { ...now(), signedAt: longAgo }));

        if (kind === 'none') return;
        expect(late.kind).toBe('throttled');
        expect(twin.writes()).toBe(0);
      });

      promises(`${verb}: stops waiting when it is told to`, [verb], async () => {
        const { change, args } = intent(verb);

        const answer = heard(await change.apply(args, { ...now(), signal: AbortSignal.abort() }));

        expect(['unknown', 'throttled']).toContain(answer.kind);
        expect(twin.writes()).toBe(0);
      });
    }

    it('throws a code of the closed list when a look fails', async () => {
      const verb = verbs.find((one) => one in twin.connector.spec.verbs);
      const { change } = intent(verb as string);
      twin.trouble('read', 'deny');
      const denied = await throwsCode(change.read());
      for (let attempt = 0; attempt < 3; attempt += 1) twin.trouble('read', 'error');
      const broken = await throwsCode(change.read());

      expect([denied, broken]).toEqual(['permission-denied', 'unavailable']);
      for (const code of [denied, broken]) expect(CONNECTOR_ERROR_CODES).toContain(code);
    });

    promises('throws, and proves nothing, when the provider does not answer the proof', ['disable'], async () => {
      await does('disable');
      twin.pass(twin.connector.propagation.windowSeconds);
      twin.trouble('prove', 'error');

      expect(await throwsCode(sees('contained', { leaked: twin.leaked }) as Promise<Observation>)).toBe('unavailable');
    });
  });
}

/** Same length, other value; keeps the canary out of the tests' own output. */
function wrongSecret(secret: Secret): Secret {
  const Type = secret.constructor as new (value: string) => Secret;
  return new Type([...secret.reveal()].reverse().join(''));
}

function hidesCanaries(twin: Twinned, said: unknown[]): void {
  const text = said.map((one) => `${inspect(one, { depth: 8 })}\n${String(one)}\n${JSON.stringify(one)}`).join('\n');
  const found = twin.canaries().filter((canary) => text.includes(canary));
  expect(found.length, 'secrets or provider texts in what the connector said').toBe(0);
}
