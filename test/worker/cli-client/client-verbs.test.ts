import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Status } from '../../../workflows/core/message.js';
import { canary, type Firebreak, startFirebreak } from '../api/start-firebreak.js';
import { runLine } from './run-line.js';

const KEY = 'AKIAIOSFODNN7EXAMPLE';

/** INC-1 runs and asks about deletion. */
async function running(): Promise<Firebreak> {
  const firebreak = await startFirebreak();
  await runLine(firebreak, ['open', KEY]);
  await firebreak.dispatcher.tick();
  firebreak.temporal.live = {
    held: ['Leo pressed hold.'],
    waitingFor: 'security-on-call, until 07:11',
    waiting: [
      {
        id: 'close.revoke.ask',
        kind: 'question',
        sentence: `Delete ${KEY} for good? This cannot be undone.`,
        places: { 'security-on-call': 1, 'service-owner': 1 },
        filled: [{ role: 'service-owner', person: 'mia', at: 0 }],
        asked: ['security-on-call'],
        tier: 0,
        until: Date.parse('2026-11-24T07:11:00Z'),
        onSilence: 'hold',
        generation: 1,
      },
    ],
    steps: [
      {
        id: 'contain.disable',
        name: 'disable',
        phase: 'contain',
        kind: 'act',
        title: `Disable ${KEY}`,
        state: 'done',
        generation: 2,
        endedAt: Date.parse('2026-11-24T03:13:55Z'),
        line: 'Active before, Inactive now',
      },
    ],
    contained: { at: Date.parse('2026-11-24T03:14:10Z'), grade: 'refused' },
  } satisfies Partial<Status>;
  return firebreak;
}

const nowhere = (firebreak: Firebreak) => ({ env: { FIREBREAK_URL: firebreak.url.replace(/\d+$/, '1') } });

describe('nothing is taken for done that is not', () => {
  it('when Firebreak does not answer', async () => {
    const firebreak = await startFirebreak();
    for (const line of [['list'], ['status', 'INC-1'], ['hold', 'INC-1'], ['open', KEY]]) {
      const { code, err } = await runLine(firebreak, line, nowhere(firebreak));
      expect(code).toBe(3);
      expect(err).toContain('Firebreak does not answer at http://127.0.0.1:1.');
    }
  });

  it('when another server answers in its place', async () => {
    const firebreak = await startFirebreak();
    const { code, err } = await runLine(firebreak, ['list', '--url', `${firebreak.url}/healthz`]);
    expect(code).not.toBe(0);
    expect(err).not.toBe('');
  });

  it('without a token, and with a wrong one', async () => {
    const firebreak = await startFirebreak();
    const none = await runLine(firebreak, ['list'], { env: { FIREBREAK_TOKEN: '' } });
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('FIREBREAK_TOKEN is not set.') });
    const wrong = await runLine(firebreak, ['list'], { env: { FIREBREAK_TOKEN: 'fbt_x' } });
    expect(wrong.code).toBe(4);
    const low = await runLine(firebreak, ['open', KEY], { env: { FIREBREAK_TOKEN: firebreak.tokens.nobody } });
    expect(low).toMatchObject({ code: 4, err: expect.stringContaining('responder') });
  });

  it('when the answer is only stored because Temporal is down', async () => {
    const firebreak = await running();
    firebreak.temporal.down = true;
    const { code, out } = await runLine(firebreak, ['hold', 'INC-1']);
    expect(code).toBe(3);
    expect(out).toBe('INC-1: I stored your answer and will apply it when Temporal is back; nothing has happened yet.');
  });

  it('when the engine refuses', async () => {
    const firebreak = await running();
    const message = 'You started INC-1, so someone else has to decide. Asked: mia.';
    firebreak.temporal.answer = () => ({ outcome: 'refused', refusal: { code: 'self', message } });
    expect(await runLine(firebreak, ['decide', 'INC-1', 'yes'])).toEqual({ code: 4, out: '', err: message });
  });
});

describe('open', () => {
  it.each([
    ['as the id', ['open', 'aws-access-key', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY']],
    ['as the only argument', ['open', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY']],
    ['inside the reason', ['open', KEY, '--why', 'found wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY in a chat']],
    ['of GitHub', ['open', 'github-token', `ghp_${'a'.repeat(36)}`]],
  ])('sends no secret given %s, and says why', async (_, line) => {
    const firebreak = await startFirebreak();
    const { code, err } = await runLine(firebreak, line);
    expect(code).toBe(2);
    expect(err).toContain('stays in the shell');
    expect(err).not.toContain('wJalr');
    expect(await firebreak.taken()).toBe(0);
  });

  it('seals the secret from standard input, without the end of its line', async () => {
    const firebreak = await startFirebreak();
    const secret = canary();
    const line = ['open', 'aws-access-key', KEY, '--secret-stdin', '--exposure', 'public', '--why', 'pasted in a chat'];
    const { code, out } = await runLine(firebreak, line, { stdin: `${secret}\n` });
    expect({ code, out }).toEqual({
      code: 0,
      out: `INC-1 opened: aws-access-key ${KEY}. It goes on by the playbook.\n  firebreak status INC-1`,
    });
    const name = `leaked:aws-access-key:${KEY}`;
    const box = await firebreak.records.sealed.get('INC-1', name, firebreak.clock.now());
    expect(firebreak.sealer.open(box as string, name).reveal()).toBe(secret);
    expect(await firebreak.written()).not.toContain(secret);
  });

  it('refuses empty input, and a terminal that would show what is typed', async () => {
    const firebreak = await startFirebreak();
    expect((await runLine(firebreak, ['open', KEY, '--secret-stdin'])).code).toBe(2);
    expect((await runLine(firebreak, ['open', KEY, '--secret-stdin'], { isTTY: true, stdin: 'x' })).code).toBe(2);
    expect(await firebreak.taken()).toBe(0);
  });

  it('asks for the kind where the id does not say it, and joins what is live', async () => {
    const firebreak = await startFirebreak();
    expect((await runLine(firebreak, ['open', 'payouts-db'])).err).toContain('firebreak open <kind> <id>');
    await runLine(firebreak, ['open', KEY]);
    const { out } = await runLine(firebreak, ['open', KEY, '--json']);
    expect(JSON.parse(out)).toMatchObject({ incident: 'INC-1', joined: true });
  });
});

describe('list', () => {
  it('shows what each incident waits for, page after page', async () => {
    const firebreak = await startFirebreak();
    expect((await runLine(firebreak, ['list'])).out).toBe('No open incidents.');
    for (let n = 1; n <= 5; n += 1) await runLine(firebreak, ['open', 'manual', `key-${n}`]);
    const { out } = await runLine(firebreak, ['list', '--limit', '2']);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^INC-5 .* 2026-11-24 03:11:00Z {2}not identified yet .* opening$/),
      expect.stringMatching(/^INC-4/),
      '… and older ones: --limit 4',
    ]);
    const all = JSON.parse((await runLine(firebreak, ['list', '--limit', '500', '--json'])).out);
    expect(all).toMatchObject({ more: false, incidents: { length: 5 } });
    expect((await runLine(firebreak, ['list', '--limit', 'many'])).code).toBe(2);
  });
});

describe('status', () => {
  it('says first what is asked and how to answer', async () => {
    const firebreak = await running();
    const { out, code } = await runLine(firebreak, ['status', '1']);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'INC-1 · not identified yet · closing',
      'Proven: contained 03:14:10Z (refused)',
      'Held: Leo pressed hold.',
      'Waits: security-on-call, until 07:11',
      '',
      `Asked: Delete ${KEY} for good? This cannot be undone.`,
      '  needs 1 of security-on-call and 1 of service-owner; has mia as service-owner. Until 2026-11-24 07:11:00Z; silence holds',
      '  firebreak decide INC-1 yes|no|not-yet close.revoke.ask',
      '',
      '  done        03:13:55Z  contain.disable               Active before, Inactive now (try 2)',
      '',
      'Opened 2026-11-24 03:11:00Z by sam, unknown',
    ]);
  });

  it('says why it is held, and what to press, before there is a plan', async () => {
    const firebreak = await running();
    firebreak.temporal.live = { ...firebreak.temporal.live, held: [], waiting: [], steps: [] };
    const why = 'no plan yet (invalid): there is no playbook manual; retry, or cancel';
    const shown = { stage: 'opening', waiting: '', held: why, at: firebreak.clock.now() };
    await firebreak.records.incidents.show('INC-1', shown);
    const { out } = await runLine(firebreak, ['status', 'INC-1']);
    expect(out).toContain(`Held: ${why}\n  firebreak retry INC-1 plan\n  firebreak cancel INC-1 --why`);
  });

  it('says what to press where a step or a person holds it', async () => {
    const firebreak = await running();
    const rotate = { id: 'recover.rotate', name: 'rotate', phase: 'recover', kind: 'act', generation: 1 } as const;
    const revoke = { id: 'close.revoke', name: 'revoke', phase: 'close', kind: 'task', generation: 1 } as const;
    const steps: Status['steps'] = [
      { ...rotate, title: 'Make a new key', state: 'failed' },
      { ...revoke, title: 'Delete it', state: 'denied', line: 'ana said no: "keep it"' },
    ];
    const held = [
      'sam pressed hold; resume goes on',
      'Make a new key failed: no room; retry it, or skip it with a reason',
      'ana said no: "keep it"; retry asks again, skip leaves it out',
    ];
    firebreak.temporal.live = { ...firebreak.temporal.live, held, waiting: [], steps };
    const { out } = await runLine(firebreak, ['status', 'INC-1']);
    expect(out).toContain(
      `Held: ${held[0]}\n  firebreak resume INC-1\nHeld: ${held[1]}\n  firebreak retry INC-1 rotate\n`,
    );
    expect(out).toContain('  firebreak skip INC-1 rotate --why "…"');
    expect(out).toContain(`Held: ${held[2]}\n  firebreak retry INC-1 revoke\n`);
  });

  it('says so when Temporal cannot be reached', async () => {
    const firebreak = await running();
    firebreak.temporal.down = true;
    expect((await runLine(firebreak, ['status', 'INC-1'])).out).toContain(
      '! Temporal cannot be reached; what follows is from the records.',
    );
  });

  it('ends its watch when the incident has closed', async () => {
    const firebreak = await running();
    await firebreak.records.incidents.close('INC-1', 'dead', firebreak.clock.now());
    expect(await runLine(firebreak, ['status', 'INC-1', '--watch'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('closed as dead'),
    });
  });

  it.each(['INC-7', 'seven'])('knows no %s', async (id) => {
    const firebreak = await startFirebreak();
    expect(await runLine(firebreak, ['status', id])).toMatchObject({ code: 2, out: '' });
  });
});

describe('what people say', () => {
  it.each([
    [['decide', 'INC-1', 'yes'], { control: 'decide', answer: 'yes', step: 'close.revoke.ask' }],
    [['decide', 'INC-1', 'no', 'revoke', '--why', 'ask trading'], { answer: 'no', reason: 'ask trading' }],
    [['decide', 'INC-1', 'not-yet', '--minutes', '30'], { answer: 'not_yet', minutes: 30 }],
    [['hold', 'INC-1', '2h'], { control: 'hold', minutes: 120 }],
    [['hold', 'inc-1'], { control: 'hold' }],
    [['resume', 'INC-1'], { control: 'resume' }],
    [['retry', 'INC-1', 'rotate'], { control: 'retry', step: 'rotate' }],
    [['skip', 'INC-1', 'open_ticket', '--why', 'down'], { control: 'skip', step: 'open_ticket', reason: 'down' }],
    [['false-alarm', 'INC-1', '--yes'], { control: 'false_alarm' }],
    [['note', 'INC-1', 'trading was told'], { control: 'note', reason: 'trading was told' }],
    [['take', 'INC-1'], { control: 'take' }],
    [['cancel', 'INC-1', '--why', 'AWS did it'], { control: 'cancel', reason: 'AWS did it' }],
    [['close', 'INC-1', '--why', 'evidence'], { control: 'close', reason: 'evidence' }],
  ])('%j reaches the workflow', async (line, message) => {
    const firebreak = await running();
    const { code, out } = await runLine(firebreak, line);
    expect(code).toBe(0);
    expect(out).toMatch(/^INC-1: .+\.$/s);
    expect(firebreak.temporal.messages).toMatchObject([{ ...message, person: 'sam' }]);
    expect(await firebreak.records.decisions.ofIncident('INC-1')).toMatchObject([
      { channel: 'cli', outcome: 'counted' },
    ]);
  });

  it.each([
    ['a no without its reason', ['decide', 'INC-1', 'no']],
    ['minutes of a yes', ['decide', 'INC-1', 'yes', '--minutes', '30']],
    ['an empty note', ['note', 'INC-1', ' ']],
    ['a hold of no time', ['hold', 'INC-1', 'long']],
  ])('%s is said again before anything is sent', async (_, line) => {
    const firebreak = await running();
    expect((await runLine(firebreak, line)).code).toBe(2);
    expect(firebreak.temporal.messages).toEqual([]);
  });
});

describe('false-alarm', () => {
  it('says what comes back and asks on a terminal', async () => {
    const firebreak = await running();
    const no = await runLine(firebreak, ['false-alarm', 'INC-1'], { isTTY: true, stdin: 'n\n' });
    expect(no.code).toBe(4);
    expect(no.out).toContain('works again for whoever has it');
    expect(firebreak.temporal.messages).toEqual([]);
    expect((await runLine(firebreak, ['false-alarm', 'INC-1'], { isTTY: true, stdin: 'yes\n' })).code).toBe(0);
    expect(firebreak.temporal.messages).toMatchObject([{ control: 'false_alarm' }]);
  });

  it('does nothing without a terminal and without --yes', async () => {
    const firebreak = await running();
    const { code, err } = await runLine(firebreak, ['false-alarm', 'INC-1']);
    expect(code).toBe(2);
    expect(err).toContain('Say --yes');
    expect(firebreak.temporal.messages).toEqual([]);
  });
});

describe('token', () => {
  it('prints a token once and the line for the settings, which holds only its hash', async () => {
    const firebreak = await startFirebreak();
    const { out } = await runLine(firebreak, ['token', 'sam', '--id', 'sam-laptop', '--roles', 'responder,ciso']);
    const token = /FIREBREAK_TOKEN=(fbt_[\w-]{43})/.exec(out)?.[1] as string;
    const hash = createHash('sha256').update(token).digest('hex');
    expect(out.split('\n').at(-1)).toBe(
      `    - { id: sam-laptop, person: sam, sha256: ${hash}, roles: [responder, ciso] }`,
    );
    expect((await runLine(firebreak, ['token', 'Sam Smith'])).code).toBe(2);
    expect((await runLine(firebreak, ['token', 'sam', '--id', 'a, person: ana'])).code).toBe(2);
  });
});

describe('audit', () => {
  it('says why it could not write the report', async () => {
    const firebreak = await running();
    const { code, err } = await runLine(firebreak, ['audit', 'INC-1', '--out', 'nowhere/report.md']);
    expect(code).toBe(2);
    expect(err).toMatch(/nowhere\/report\.md cannot be written \(ENOENT\)\. Name a file with --out\.$/);
  });

  it('works from the records alone, with everything else down', async () => {
    const firebreak = await running();
    await firebreak.server.close();
    const shown = await runLine(firebreak, ['audit', 'INC-1', '--format', 'json']);
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(shown.out)).toMatchObject({ incident: expect.anything() });
    const written = await runLine(firebreak, ['audit', 'INC-1', '--out', 'report.md']);
    expect(written.code).toBe(0);
    const file = join(firebreak.dataFolder, 'report.md');
    expect((await readFile(file, 'utf8')).length).toBeGreaterThan(0);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('verifies the chain and says how long it is', async () => {
    const firebreak = await running();
    await runLine(firebreak, ['hold', 'INC-1']);
    const { code, out } = await runLine(firebreak, ['audit', 'verify']);
    expect(code).toBe(0);
    expect(out).toMatch(/^The chain holds: 2 rows, head [0-9a-f]{64}\.$/);
  });

  it('makes no records where there are none, and knows no incident that is not there', async () => {
    const firebreak = await startFirebreak();
    const none = await runLine(firebreak, ['audit', 'verify', '--data', join(firebreak.dataFolder, 'nowhere')]);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining('There are no records at') });
    expect(await runLine(firebreak, ['audit', 'INC-9'])).toMatchObject({ code: 2, err: 'The records hold no INC-9.' });
  });
});
