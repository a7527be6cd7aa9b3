import { describe, expect, it } from 'vitest';
import type { Status, WaitingStatus } from '../../../workflows/core/message.js';
import { type Firebreak, startFirebreak } from './start-firebreak.js';

const KEY = 'AKIAIOSFODNN7EXAMPLE';
const DIGEST = 'd'.repeat(64);

const question = (id: string, generation = 1): WaitingStatus => ({
  id,
  kind: 'question',
  sentence: `May ${id}?`,
  places: { 'security-on-call': 1 },
  filled: [],
  asked: ['security-on-call'],
  tier: 0,
  until: 0,
  onSilence: 'hold',
  generation,
});

async function say(
  firebreak: Firebreak,
  what: 'decisions' | 'controls',
  body: object,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${firebreak.url}/api/v1/incidents/INC-1/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${firebreak.tokens.sam}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown> & { error?: { code: string } },
  };
}

/** INC-1 runs and asks `waiting`. */
async function opened(): Promise<Firebreak> {
  const firebreak = await startFirebreak();
  await fetch(`${firebreak.url}/api/v1/incidents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${firebreak.tokens.sam}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: KEY }),
  });
  return firebreak;
}

async function running(waiting: WaitingStatus[] = [question('close.revoke.ask')]): Promise<Firebreak> {
  const firebreak = await opened();
  await firebreak.dispatcher.tick();
  firebreak.temporal.live = { waiting } as Partial<Status>;
  return firebreak;
}

const decisions = (firebreak: Firebreak) => firebreak.records.decisions.ofIncident('INC-1');

describe('an answer', () => {
  it('is on disk before the workflow hears of it, and is settled after', async () => {
    const firebreak = await running();
    let outcomeThen: string | undefined;
    const rows = decisions(firebreak);
    expect(await rows).toEqual([]);
    const original = firebreak.temporal.control.bind(firebreak.temporal);
    firebreak.temporal.control = async (incident, message) => {
      outcomeThen = (await decisions(firebreak))[0]?.outcome;
      return original(incident, message);
    };
    const answer = await say(firebreak, 'decisions', { answer: 'yes' });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'counted' } });
    expect(outcomeThen).toBe('given');
    const [row] = await decisions(firebreak);
    expect(row).toMatchObject({
      person: 'sam',
      control: 'decide',
      step: 'close.revoke.ask',
      answer: 'yes',
      generation: 1,
      planDigest: DIGEST,
      outcome: 'counted',
      channel: 'api',
      roles: [
        { role: 'responder', source: 'settings' },
        { role: 'security-on-call', source: 'settings' },
      ],
    });
    expect(firebreak.temporal.messages).toEqual([
      {
        id: row?.id,
        control: 'decide',
        person: 'sam',
        roles: ['responder', 'security-on-call'],
        at: firebreak.clock.now(),
        step: 'close.revoke.ask',
        answer: 'yes',
        generation: 1,
        digest: DIGEST,
      },
    ]);
  });

  it('that the engine refuses is told why, and is kept as refused', async () => {
    const firebreak = await running();
    const message = 'You started INC-1, so someone else has to decide. Asked: mia.';
    firebreak.temporal.answer = () => ({ outcome: 'refused', refusal: { code: 'self', message } });
    const answer = await say(firebreak, 'decisions', { answer: 'yes', step: 'revoke' });
    expect(answer).toEqual({ status: 409, body: { error: { code: 'self', message } } });
    expect(await decisions(firebreak)).toMatchObject([
      { outcome: 'refused', refusal: message, step: 'close.revoke.ask' },
    ]);
  });

  it('given while Temporal is down is stored, says that nothing has happened, and is applied later, once', async () => {
    const firebreak = await running();
    firebreak.temporal.down = true;
    const answer = await say(firebreak, 'decisions', {
      answer: 'no',
      step: 'close.revoke.ask',
      reason: 'check with trading first',
      digest: DIGEST,
    });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        outcome: 'stored',
        message: 'I stored your answer and will apply it when Temporal is back; nothing has happened yet.',
      },
    });
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.messages).toEqual([]);
    firebreak.temporal.down = false;
    firebreak.clock.at += 60_000;
    await firebreak.dispatcher.tick();
    await firebreak.dispatcher.tick();
    expect(firebreak.temporal.messages).toMatchObject([
      {
        id: answer.body.decision,
        control: 'decide',
        answer: 'no',
        reason: 'check with trading first',
        at: firebreak.clock.now() - 60_000,
      },
    ]);
    expect(await decisions(firebreak)).toMatchObject([{ outcome: 'counted' }]);
  });

  it('without a name is about the one thing that is open, and about nothing when two are', async () => {
    const firebreak = await running([question('close.revoke.ask', 3), question('contain.disable.ask')]);
    const unclear = await say(firebreak, 'decisions', { answer: 'yes' });
    expect(unclear.status).toBe(422);
    expect(unclear.body.error).toEqual({
      code: 'which-question',
      message: 'INC-1 asks close.revoke.ask, contain.disable.ask. Say which one.',
    });
    expect(await decisions(firebreak)).toEqual([]);
    await say(firebreak, 'decisions', { answer: 'not_yet', minutes: 30, step: 'revoke' });
    expect(firebreak.temporal.messages).toMatchObject([
      { step: 'close.revoke.ask', answer: 'not_yet', minutes: 30, generation: 3 },
    ]);
  });

  it('is bound to the plan that the person saw', async () => {
    const firebreak = await running();
    await say(firebreak, 'decisions', { answer: 'yes', digest: 'a'.repeat(64), generation: 2 });
    expect(firebreak.temporal.messages).toMatchObject([{ digest: 'a'.repeat(64), generation: 2 }]);
  });

  it('with the same key while nobody has heard the first is passed on, and told what became of it', async () => {
    const firebreak = await running();
    const key = { 'idempotency-key': 'k1' };
    const about = { answer: 'yes', step: 'close.revoke.ask', generation: 1, digest: DIGEST };
    firebreak.temporal.down = true;
    expect((await say(firebreak, 'decisions', about, key)).status).toBe(202);
    expect((await say(firebreak, 'decisions', about, key)).status).toBe(202);
    firebreak.temporal.down = false;
    expect(await say(firebreak, 'decisions', about, key)).toMatchObject({ status: 200, body: { outcome: 'counted' } });
    expect(firebreak.temporal.messages).toHaveLength(1);
  });

  it('with the same key counts once and is answered alike, though the question has closed', async () => {
    const firebreak = await running();
    const key = { 'idempotency-key': 'k1' };
    const first = await say(firebreak, 'decisions', { answer: 'yes' }, key);
    firebreak.temporal.live = { waiting: [] };
    expect(await say(firebreak, 'decisions', { answer: 'yes' }, key)).toEqual(first);
    expect(firebreak.temporal.messages).toHaveLength(1);
    const other = await say(firebreak, 'decisions', { answer: 'no', reason: 'no' }, key);
    expect(other.body.error?.code).toBe('idempotency-conflict');
    expect(firebreak.temporal.messages).toHaveLength(1);
  });

  it('about a closed incident is refused', async () => {
    const firebreak = await running();
    await firebreak.records.incidents.close('INC-1', 'dead', firebreak.clock.now());
    firebreak.temporal.running.clear();
    const answer = await say(firebreak, 'decisions', { answer: 'yes', step: 'revoke' });
    expect(answer.status).toBe(409);
    expect(answer.body.error?.code).toBe('closed');
    expect(await decisions(firebreak)).toMatchObject([{ outcome: 'refused' }]);
    const unnamed = await say(firebreak, 'decisions', { answer: 'yes' });
    expect(unnamed.body.error).toEqual({ code: 'closed', message: 'INC-1 is closed, so there is nothing to decide.' });
  });

  it.each([
    ['perhaps', { answer: 'perhaps' }],
    ['five minutes', { answer: 'not_yet', minutes: 5 }],
    ['a secret as its reason', { answer: 'no', step: 'revoke', reason: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }],
    ['a short digest', { answer: 'yes', digest: 'abc' }],
  ])('of %s is not stored', async (_, body) => {
    const firebreak = await running();
    expect((await say(firebreak, 'decisions', body)).status).toBe(422);
    expect(await decisions(firebreak)).toEqual([]);
  });
});

describe('a control', () => {
  it.each([
    [
      { control: 'hold', minutes: 30 },
      { control: 'hold', minutes: 30 },
    ],
    [{ control: 'resume' }, { control: 'resume' }],
    [
      { control: 'retry', step: 'rotate' },
      { control: 'retry', step: 'rotate' },
    ],
    [
      { control: 'skip', step: 'open_ticket', reason: 'tracker is down' },
      { control: 'skip', step: 'open_ticket', reason: 'tracker is down' },
    ],
    [{ control: 'false_alarm' }, { control: 'false_alarm' }],
    [
      { control: 'note', reason: 'trading was told' },
      { control: 'note', reason: 'trading was told' },
    ],
    [{ control: 'take' }, { control: 'take' }],
    [
      { control: 'cancel', reason: 'handled by AWS' },
      { control: 'cancel', reason: 'handled by AWS' },
    ],
    [
      { control: 'close', reason: 'kept for evidence' },
      { control: 'close', reason: 'kept for evidence' },
    ],
  ])('reaches the workflow as it was said: %j', async (body, message) => {
    const firebreak = await running();
    expect((await say(firebreak, 'controls', body)).status).toBe(200);
    expect(firebreak.temporal.messages).toMatchObject([{ ...message, person: 'sam' }]);
    expect(firebreak.temporal.messages[0]).not.toHaveProperty('digest');
  });

  it.each([[{ control: 'decide' }], [{ control: 'delete' }], [{ control: 'hold', minutes: 0 }]])(
    '%j is none',
    async (body) => {
      const firebreak = await running();
      expect((await say(firebreak, 'controls', body)).status).toBe(422);
    },
  );

  it('for an incident that is not started yet waits for it', async () => {
    const firebreak = await opened();
    expect((await say(firebreak, 'controls', { control: 'hold' })).status).toBe(202);
    await firebreak.dispatcher.tick();
    expect(await decisions(firebreak)).toMatchObject([{ control: 'hold', outcome: 'counted' }]);
  });
});
