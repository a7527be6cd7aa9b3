/** Secrets go in by every door there is; afterwards they are looked for in everything that was left anywhere. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sign } from '@octokit/webhooks-methods';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchForSecrets } from '../../worker/demo/search-for-secrets.js';
import { eventually } from './eventually.js';
import { FAST, firebreak, openSite, type Site } from './site.js';

const IN_ERRORS = 'CanaryOfAProvidersErrorText7xQ2mZ9pLw4Rt';
const IN_GITHUB_BODY = 'CanaryOfAGithubWebhookBody4kV8sB1nHj6Yc3';
const UNNAMED = 'CanaryThatASummaryQuotesWithoutSaying8Kd';
const TYPED = 'CanaryThatAPersonTypedAsAReason9dF5gU2eX';

describe('secrets', () => {
  let site: Site;
  let secrets: string[];
  const incidents: string[] = [];
  let answers: string;

  beforeAll(async () => {
    site = await openSite({ ...FAST, sandbox: { ...FAST.sandbox, leakInErrors: IN_ERRORS }, debug: true });
    answers = join(site.folder, 'answers');
    mkdirSync(answers);
    await site.start();
  });
  afterAll(() => site?.close());

  const keep = (name: string, text: string) => writeFileSync(join(answers, name), text);
  const search = () =>
    searchForSecrets(
      {
        data: site.folder,
        ready: { temporal: { address: site.temporalAddress } },
        twins: { mail: site.mail, github: site.github, slack: site.slack },
      },
      secrets,
      incidents,
    );
  const cli = (person: 'sam' | 'leo', args: string[], stdin?: string) =>
    firebreak([...args, '--url', site.url, ...site.arguments], {
      env: { ...site.env, FIREBREAK_TOKEN: site.addresses.people[person] },
      ...(stdin === undefined ? {} : { stdin }),
    });

  it('come in with an alert that quotes them, while AWS says no and quotes another', async () => {
    const { id, secret } = site.addresses.leaked.reports;
    await site.aws.fault({ method: 'UpdateAccessKey', kind: 'deny' });
    const { body } = await site.fromMonitoring({
      id,
      secret,
      summary: `AWS_SECRET_ACCESS_KEY=${secret} in a screenshot, and in another ${UNNAMED}`,
      url: `https://siem.acme.example/find?q=${secret}`,
    });
    const incident = body.incident as string;
    incidents.push(incident);
    await eventually(
      'the freeze is refused',
      30,
      async () => (await site.step(incident, 'disable'))?.state === 'failed',
    );
    keep('failed.json', JSON.stringify(await site.incident(incident)));
    const retried = await site.api('leo', 'POST', `/incidents/${incident}/controls`, {
      control: 'retry',
      step: 'disable',
    });
    expect(retried.status).toBe(200);
  });

  it('come in with a webhook of GitHub, while Vault and GitHub say no and quote another', async () => {
    const { repository, alert } = site.addresses.leaked.payouts;
    await site.vault.fault({ method: 'write', kind: 'throttle' });
    await site.github.fault({ method: 'POST /repos/{owner}/{repo}/issues', kind: 'deny' });
    const delivery = (await site.github.do('alert-delivery', { repository, alert })) as {
      headers: Record<string, string>;
      body: string;
    };
    const payload = JSON.parse(delivery.body) as { alert: Record<string, unknown> };
    Object.assign(payload.alert, { secret: IN_GITHUB_BODY, resolution_comment: `it was ${IN_GITHUB_BODY}` });
    const spoken = JSON.stringify(payload);
    const answer = await fetch(`${site.url}/hooks/github`, {
      method: 'POST',
      headers: {
        ...delivery.headers,
        'x-hub-signature-256': await sign(site.addresses.github.hookSecret, spoken),
      },
      body: spoken,
    });
    expect(answer.status).toBe(202);
    incidents.push(((await answer.json()) as { incident: string }).incident);
  });

  it('come in on standard input, and are refused as an argument', async () => {
    const { id, secret } = await site.addKey('svc-hot-wallet');
    const refused = await cli('sam', ['open', 'aws-access-key', secret]);
    expect(refused.code).toBe(2);
    keep('refused.txt', refused.out + refused.err);
    const opened = await cli('sam', ['open', id, '--secret-stdin', '--json'], `${secret}\n`);
    expect(opened.code, opened.err).toBe(0);
    keep('opened.txt', opened.out + opened.err);
    incidents.push((JSON.parse(opened.out) as { incident: string }).incident);
  });

  it('are not taken as a reason, alone or in a sentence', async () => {
    const [, , incident] = incidents as [string, string, string];
    await site.question(incident, 'disable');
    for (const reason of [TYPED, `use ${TYPED} instead`, `key=${TYPED}`, `"${TYPED}".`]) {
      const said = await site.decide('leo', incident, 'no', { reason });
      expect(said.status, reason).toBe(422);
      keep(`reason-${reason.length}.json`, JSON.stringify(said.body));
    }
    const note = await cli('leo', ['note', incident, `the old one was ${TYPED}`]);
    expect(note.code).toBe(2);
    keep('note.txt', note.out + note.err);
  });

  it('are found nowhere when all has ended', async () => {
    const [first, second, third] = incidents as [string, string, string];
    await site.question(second, 'revoke', 60);
    for (const person of ['leo', 'mia'] as const) {
      const said = await site.decide(person, second, 'yes', { step: 'revoke' });
      expect(said.status, JSON.stringify(said.body)).toBe(200);
    }
    expect(await site.closed(second)).toBe('dead');
    for (const [incident, control] of [
      [first, 'cancel'],
      [third, 'false_alarm'],
    ] as const) {
      const reason = 'a key of a demo';
      const said = await site.api('leo', 'POST', `/incidents/${incident}/controls`, { control, reason });
      expect(said.status, JSON.stringify(said.body)).toBe(200);
    }
    expect(await site.closed(first)).toBe('cancelled');
    expect(await site.closed(third)).toBe('false_alarm');
    await eventually('people were told of the ends', 20, async () => {
      const mails = (await site.mail.do('inbox')) as { subject: string }[];
      return incidents.every((incident) => mails.some(({ subject }) => subject.includes(`${incident} closed`)));
    });

    for (const incident of incidents) {
      keep(`${incident}.json`, JSON.stringify(await site.incident(incident)));
      for (const format of ['md', 'html', 'json'] as const) {
        keep(`${incident}-report.${format}`, await site.report(incident, format));
      }
      for (const verb of ['status', 'audit']) {
        const { out, err } = await cli('sam', [verb, incident]);
        keep(`${incident}-${verb}.txt`, out + err);
      }
    }
    const { aws, github, mail, vault, people } = site.addresses;
    secrets = [
      ...((await site.aws.do('secrets')) as string[]),
      ...[IN_ERRORS, IN_GITHUB_BODY, UNNAMED, TYPED],
      // ours
      ...[aws.responder.secret, github.token, github.hookSecret, mail.password, vault.token, ...Object.values(people)],
      ...[site.env.FIREBREAK_SANDBOX_KEY as string, (site.env.FIREBREAK_SANDBOX_SIEM_HOOK as string).slice(6)],
    ];
    // the provider's text did come to us: an answer that never leaked would prove nothing
    const { refused } = await site.aws.counts();
    expect(refused.GetCallerIdentity?.InvalidClientTokenId).toBeGreaterThan(0);
    expect(refused.UpdateAccessKey?.AccessDenied).toBe(1);
    const found = await search();
    expect(found.hits).toEqual([]);
    expect(found.places).toBeGreaterThan(20);
  }, 120_000);

  it('would have been found', async () => {
    const planted = join(site.folder, 'planted.txt');
    for (const text of [secrets[0] as string, Buffer.from(TYPED).toString('base64')]) {
      writeFileSync(planted, `x ${text} y`);
      expect((await search()).hits).toEqual(['planted.txt']);
    }
    rmSync(planted);
    // and Firebreak did log at the level at which it says the most
    expect(readFileSync(site.log, 'utf8')).toContain('"level":20');
  });
});
