import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../playbooks/language/plan.js';
import type { Records } from '../../../records/records.js';
import { loadReport, renderReport, reportOf } from '../../../worker/report/index.js';
import { LEAK, othersUntil, past, record, scan, stranger, trailFolder } from '../../activities/logs/write-trail.js';
import { openTemporaryRecords } from '../../activities/temporary-records.js';

const EVIL =
  '<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://evil.example/p.png) @mia | ** `\u202e\n# owned';
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECOND = 1000;

let records: Records;
let close: () => Promise<void>;
let incident: string;

beforeEach(async () => {
  ({ records, close } = await openTemporaryRecords());
  const receipt = await records.receive(
    {
      source: 'github',
      key: 'delivery-1',
      kind: 'alert',
      receivedAt: LEAK,
      body: {
        v: 1,
        source: 'github',
        event: 'created',
        exposure: 'public',
        summary: EVIL,
        url: 'https://github.example/a',
        secret: 'held',
      },
      claims: [`aws-access-key:${KEY}`],
    },
    { by: 'source:github', observe: false },
  );
  incident = receipt.incident;
});
afterEach(() => close());

const step = (id: string, over: Record<string, unknown>) => ({
  id,
  name: id,
  kind: 'act',
  title: id,
  phase: id.split('.')[0],
  needs: [],
  line: 1,
  class: 'read',
  args: {},
  permissions: [],
  timeLimitSeconds: 60,
  ...over,
});
const plan = () =>
  ({
    ir: 1,
    incident,
    playbook: { name: 'aws-access-key', summary: EVIL, sha256: 'ab12' },
    mode: 'act',
    credential: { kind: 'aws-access-key', id: KEY, account: '111122223333', name: EVIL, principal: 'arn:user' },
    facts: { environment: { value: 'production', source: 'firebreak.yaml:31' }, owner: { value: EVIL, source: 'tag' } },
    steps: [
      step('contain.disable', { class: 'contain', verb: 'disable' }),
      step('contain.contained', { proof: 'contained' }),
      step('close.dead', { proof: 'dead' }),
    ],
    digest: 'cd34',
  }) as unknown as Plan;

async function contained(): Promise<void> {
  await records.incidents.pin(incident, plan(), 'cd34', `aws-access-key:${KEY}`);
  const effect = {
    key: `${incident}/contain.disable/disable/aws/${KEY}/status/1`,
    incident,
    target: `aws/${KEY}/status`,
    class: 'contain',
    planDigest: 'cd34',
    args: 'Inactive',
    before: 'Active',
    mode: 'repeat' as const,
    undoes: '',
    lookedAt: LEAK + SECOND,
    now: LEAK + SECOND,
    quietMs: SECOND,
  };
  const begun = await records.effects.begin(effect);
  if (!begun.granted) throw new Error('not granted');
  await records.effects.finish({
    key: effect.key,
    epoch: begun.row.epoch,
    state: 'done',
    outcome: { line: EVIL, evidence: { request: 'r-1' } },
    clear: true,
    now: LEAK + 9 * SECOND,
    lagMs: 0,
  });
  for (const [i, seen] of (['no', 'yes', 'yes', 'yes'] as const).entries()) {
    const at = LEAK + (10 + i * 6) * SECOND;
    await records.timeline.append({
      incident,
      at,
      kind: 'observation',
      step: 'contain.contained',
      generation: 1,
      line: EVIL,
      data: { proof: 'contained', seen, grade: 'refused' },
      key: `look-${i}`,
    });
  }
}

const decide = (over: Record<string, unknown> = {}) =>
  records.decisions.give({
    id: 'd1',
    incident,
    at: LEAK + 5 * SECOND,
    person: 'sam',
    roles: [{ role: 'security-on-call', source: 'firebreak.yaml:12' }],
    channel: 'cli',
    control: 'decide',
    step: 'close.revoke',
    answer: 'yes',
    reason: EVIL,
    generation: 1,
    planDigest: 'cd34',
    ...over,
  });

const report = async () => reportOf(await loadReport(records, incident));
const render = async () => renderReport(await loadReport(records, incident));

describe('a report', () => {
  it('never says dead of what nobody has seen dead', async () => {
    await contained();
    await records.incidents.close(incident, 'contained', LEAK + 60 * SECOND);
    const { headline, notProven } = await report();
    expect(headline).toBe(`${incident} closed · aws-access-key AKIA…PLE is contained; its death is not proven`);
    expect(notProven).toContain('dead (close.dead): nobody has seen it');
  });

  it('counts only the looks after the last that saw the opposite, and prints the weakest grade', async () => {
    await contained();
    const append = (i: number, seen: string, grade: string) =>
      records.timeline.append({
        incident,
        at: LEAK + (40 + i) * SECOND,
        kind: 'observation',
        step: 'close.dead',
        generation: 1,
        line: 'x',
        data: { proof: 'dead', seen, grade },
        key: `dead-${i}`,
      });
    await append(0, 'yes', 'refused');
    await append(1, 'unknown', 'refused');
    await append(2, 'yes', 'provider-state');
    await append(4, 'yes', 'refused');
    const { proofs, notProven } = await report();
    expect(proofs.map(({ proof, run, spreadSeconds, grade }) => [proof, run, spreadSeconds, grade])).toEqual([
      ['contained', 3, 12, 'refused'],
      ['dead', 2, 2, 'provider-state'],
    ]);
    expect(notProven).toContain("dead (close.dead): by its provider's own state; the secret was not tried");
  });

  it('takes back a proof whose last look saw the opposite', async () => {
    await contained();
    await records.timeline.append({
      incident,
      at: LEAK + 99 * SECOND,
      kind: 'observation',
      step: 'contain.contained',
      generation: 1,
      line: 'x',
      data: { proof: 'contained', seen: 'no', grade: 'refused' },
      key: 'again',
    });
    const { proofs, notProven } = await report();
    expect(proofs[0]?.grade).toBeUndefined();
    expect(notProven.join()).toContain('contained (contain.contained): nobody has seen it');
  });

  it('says how fast, who decided in which role, and what was there before', async () => {
    await contained();
    await decide();
    await decide({ id: 'd2', person: 'leo', roles: [], at: LEAK + 6 * SECOND });
    await records.decisions.settle('d1', 'counted', '', LEAK + 6 * SECOND);
    await records.decisions.settle('d2', 'refused', 'You started it.', LEAK + 7 * SECOND);
    const { milestones, effects, decisions } = await report();
    expect(milestones).toContainEqual({ what: 'changed at the provider', at: LEAK + 9 * SECOND, afterSeconds: 9 });
    expect(effects).toEqual([
      expect.objectContaining({
        step: 'contain.disable',
        verb: 'disable',
        before: 'Active',
        args: 'Inactive',
        sure: true,
        state: 'done',
        evidence: { request: 'r-1' },
      }),
    ]);
    expect(decisions.map(({ person, outcome, refusal }) => [person, outcome, refusal])).toEqual([
      ['sam', 'counted', ''],
      ['leo', 'refused', 'You started it.'],
    ]);
    const { md } = await render();
    expect(md).toContain('security-on-call (firebreak.yaml:12)');
    expect(md).toContain('refused: You started it.');
    expect(md).toContain('`"Active"`');
  });

  it('lists what remains: half-begun changes, unsettled decisions, and what the closing said', async () => {
    await contained();
    await decide();
    const open = `${incident}/close.revoke/revoke/aws/${KEY}/1`;
    await records.effects.begin({
      key: open,
      incident,
      target: `aws/${KEY}`,
      class: 'destroy',
      planDigest: 'cd34',
      args: null,
      before: 'Inactive',
      mode: 'repeat',
      undoes: '',
      lookedAt: LEAK,
      now: LEAK + 30 * SECOND,
      quietMs: 1,
    });
    await records.timeline.append({
      incident,
      at: LEAK,
      kind: 'closed',
      step: '',
      generation: 1,
      line: 'closed',
      data: { as: 'dead', remains: ['two sessions until 15:13'] },
      key: 'closed',
    });
    const { remains } = await report();
    expect(remains).toEqual([
      'two sessions until 15:13',
      `begun, and its end is not recorded: ${open}`,
      'a decision of sam was never settled: d1',
    ]);
  });

  describe('of the mail of a question whose end is not recorded', () => {
    const ASK = 'close.revoke.ask';
    const begun = async (verb = 'ask_people') => {
      const key = `${incident}/${ASK}/${verb}/mail/sam/0-1/1`;
      await records.effects.begin({
        key,
        incident,
        target: 'mail/sam/0-1',
        class: 'tell',
        planDigest: 'cd34',
        args: null,
        before: null,
        mode: 'once',
        undoes: '',
        lookedAt: LEAK,
        now: LEAK + 30 * SECOND,
        quietMs: 1,
      });
      return `begun, and its end is not recorded: ${key}`;
    };
    const said = (kind: string, line: string, { step = ASK, after = 31 } = {}) =>
      records.timeline.append({
        incident,
        at: LEAK + after * SECOND,
        kind,
        step,
        generation: 1,
        line,
        key: `${step}/1/${kind}`,
      });
    beforeEach(contained);

    it('says that it remains only while the question is open', async () => {
      const line = await begun();
      expect((await report()).remains).toContain(line);
      await said('denied', 'sam said no');
      expect((await report()).remains).not.toContain(line);
    });

    it('says that it remains when the question was asked, or nobody could be told of it', async () => {
      const line = await begun();
      await said('asked', 'Delete it? Asked: sam.');
      await said('failed', 'could not tell the people who are asked: the mail server did not answer');
      expect((await report()).remains).toContain(line);
    });

    it('says that it remains when another question ended, or this one before it was asked again', async () => {
      const line = await begun();
      await said('denied', 'sam said no', { step: 'contain.disable.ask' });
      await said('unanswered', 'nobody answered "Delete it?"', { after: 29 });
      expect((await report()).remains).toContain(line);
    });

    it('says that it remains when it asks nobody anything', async () => {
      const line = await begun('note');
      await said('denied', 'sam said no');
      expect((await report()).remains).toContain(line);
    });

    it('says nothing of it once the incident has closed', async () => {
      const line = await begun();
      await records.incidents.close(incident, 'cancelled', LEAK + 40 * SECOND);
      expect((await report()).remains).not.toContain(line);
    });
  });

  it('tells what the logs said, and what they could not say', async () => {
    await contained();
    const data = await scan(
      trailFolder({
        'a.json': [
          ...past(),
          ...othersUntil(LEAK + 2_400_000),
          record(LEAK + 60_000, stranger('ListBuckets', { userAgent: EVIL })),
        ],
        'b.json.gz': 'broken',
      }),
    );
    await records.timeline.append({
      incident,
      at: LEAK,
      kind: 'scan',
      step: 'alongside.scan_logs',
      generation: 1,
      line: data.line,
      data,
      key: 'scan',
    });
    const { md, html, json } = await render();
    for (const text of [md, html]) {
      expect(text).toContain('185.220.101.4');
      expect(text).toMatch(/not scanned: named .*gz but is not gzip/);
      expect(text).toContain(data.coverage.files[0]!.sha256);
      expect(text).toContain('Coverage: not complete');
    }
    expect(JSON.parse(json).scan.verdict).toBe('misuse');
    expect((await report()).notProven.join()).toContain('S3 and Lambda data events');
  });

  it('says that nobody looked where no log was scanned', async () => {
    expect((await render()).md).toContain('Firebreak scanned no log.');
  });

  it('calls a proof that only a person can make by its name: a word', async () => {
    const byHand = plan();
    byHand.steps = ['contain.contained', 'close.dead'].map((id) => {
      return { ...step(id, { kind: 'task', proves: id.split('.')[1] }), sentence: id, places: {}, tiers: [] } as never;
    });
    await records.incidents.pin(incident, byHand, 'cd34', `aws-access-key:${KEY}`);
    const said = { incident, at: LEAK + 60 * SECOND, person: 'leo', roles: [], channel: 'cli', control: 'decide' };
    const done = { ...said, answer: 'done', reason: '', generation: 1, planDigest: 'cd34' } as const;
    await records.decisions.give({ ...done, id: 'd1', step: 'close.dead' });
    await records.decisions.settle('d1', 'counted', '', LEAK + 61 * SECOND);
    await records.decisions.give({ ...done, id: 'd2', step: 'contain.contained' });
    await records.decisions.settle('d2', 'refused', 'Not you.', LEAK + 61 * SECOND);
    const view = await loadReport(records, incident);
    const closed = reportOf({ ...view, incident: { ...view.incident, closedAs: 'dead' } });
    expect(closed.headline).toContain("is dead (not proven: a person's word)");
    expect(closed.proofs).toMatchObject([{ step: 'close.dead', grade: 'unproven', looks: [{ seen: 'yes' }] }]);
    expect(closed.proofs[0]?.looks[0]?.line).toContain('leo says so');
    expect(closed.notProven).toContain("dead (close.dead): a person's word");
    expect(closed.notProven).toContain('contained (contain.contained): nobody has seen it');
  });

  it('prints what strangers wrote without obeying it', async () => {
    await contained();
    await decide();
    const view = await loadReport(records, incident);
    const at = { incident, at: 0, step: '', generation: 1 };
    view.timeline.unshift({ ...at, kind: 'identified', key: 'identified', line: '', data: { banner: 'SANDBOX' } });
    const { md, html, json } = renderReport(view);
    expect(html).not.toMatch(/<script|<img|<a |javascript:alert\(1\)"/);
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/(src|href)=/);
    expect(html).toContain("default-src 'none'");
    const prose = md.replaceAll(/`[^`\n]*`/g, '');
    expect(prose).not.toMatch(/<script|(?<!\\)!\[|(?<!\\)\]\(|@mia|\u202e|^# owned/m);
    for (const row of md.split('\n').filter((line) => line.startsWith('| 2026'))) expect(row).not.toMatch(/\n/);
    expect(JSON.parse(json).alerts[0].summary).toBe(EVIL);
  });

  it('begins with SANDBOX in the sandbox, in each form', async () => {
    const view = await loadReport(records, incident);
    const at = { incident, at: 0, step: '', generation: 1 };
    view.timeline.unshift({ ...at, kind: 'identified', key: 'identified', line: '', data: { banner: 'SANDBOX' } });
    const { md, html, json } = renderReport(view);
    expect(md.startsWith('# SANDBOX ')).toBe(true);
    expect(html).toContain('<h1>SANDBOX ');
    expect(JSON.parse(json).banner).toBe('SANDBOX');
  });

  it('says that an observed incident was only looked at', async () => {
    const view = await loadReport(records, incident);
    const { md } = renderReport({ ...view, incident: { ...view.incident, observe: true } });
    expect(md.startsWith('# OBSERVE ')).toBe(true);
  });

  it('can be written before the credential is known, and of a broken chain', async () => {
    const view = await loadReport(records, incident);
    expect(reportOf(view).headline).toContain(`${incident} is open`);
    const chain = {
      ok: false,
      rows: 3,
      head: 'x',
      broken: { seq: 2, table: 'effects', key: 'k', reason: 'hash differs' },
    };
    const broken = renderReport({ ...view, chain });
    expect(broken.md).toContain('THE HASH CHAIN IS BROKEN at row 2');
    expect(reportOf({ ...view, chain }).notProven.join()).toContain('hash differs');
  });

  it('is the same for the same records, and throws for an incident they do not hold', async () => {
    await contained();
    expect(await render()).toEqual(await render());
    await expect(loadReport(records, 'INC-999')).rejects.toThrow('records hold no INC-999');
  });
});
