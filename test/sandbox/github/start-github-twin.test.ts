import { verify } from '@octokit/webhooks-methods';
import { Octokit } from 'octokit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GithubTwin, type GithubTwinOptions, startGithubTwin } from '../../../sandbox/github/start-github-twin.js';
import { deliver } from '../../../sandbox/github/webhook.js';

const CANARY = 'canary-in-provider-text';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const tools = { owner: 'acme', repo: 'payouts-tools' };
const tickets = { owner: 'acme', repo: 'incidents' };
const clock = { time: 0, now: () => clock.time };

let github: GithubTwin;
let token: string;

async function start(options: GithubTwinOptions = {}): Promise<void> {
  github = await startGithubTwin({ clock, ...options });
  github.addRepository('acme/payouts-tools', { private: false });
  github.addRepository('acme/incidents');
  const commit = github.addCommit('acme/payouts-tools', { path: 'deploy/.env', content: `# mine\nSECRET=${SECRET}\n` });
  github.addAlert('acme/payouts-tools', {
    secretType: 'aws_secret_access_key',
    secret: SECRET,
    commits: [commit],
    publiclyLeaked: true,
  });
  token = github.addToken({
    login: 'firebreak-acme',
    repositories: ['acme/*'],
    permissions: { secret_scanning_alerts: 'write', issues: 'write', contents: 'read' },
  });
}

beforeEach(async () => {
  clock.time = Date.parse('2026-11-24T09:00:00Z');
  await start();
});
afterEach(() => github.close());

/** As the product uses it: what fails is not tried again below its own records. */
const octokit = (auth: string | undefined = token) =>
  new Octokit({ auth, baseUrl: github.url, retry: { enabled: false }, throttle: { enabled: false } }).rest;

it('refuses a token that it does not know, and none', async () => {
  const get = { ...tools, alert_number: 1 };
  await expect(octokit('ghp_unknown').secretScanning.getAlert(get)).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining('Bad credentials'),
  });
  expect((await fetch(`${github.url}/repos/acme/incidents/issues`)).status).toBe(401);
  github.revokeToken(token);
  await expect(octokit().secretScanning.getAlert(get)).rejects.toMatchObject({ status: 401 });
});

it('hides what a token may not see, and refuses what it may not do', async () => {
  const narrow = github.addToken({
    login: 'reader',
    repositories: ['acme/incidents'],
    permissions: { issues: 'read' },
  });
  await expect(octokit(narrow).secretScanning.getAlert({ ...tools, alert_number: 1 })).rejects.toMatchObject({
    status: 404,
  });
  await expect(octokit(narrow).issues.create({ ...tickets, title: 'x' })).rejects.toMatchObject({
    status: 403,
    response: { headers: { 'x-accepted-github-permissions': 'issues=write' } },
  });
  expect(github.issues('acme/incidents')).toEqual([]);
});

it('refuses more requests than the hour allows', async () => {
  await github.close();
  await start({ rateLimit: 1 });
  expect((await octokit().issues.listForRepo(tickets)).headers['x-ratelimit-remaining']).toBe('0');
  await expect(octokit().issues.listForRepo(tickets)).rejects.toMatchObject({ status: 403 });
  clock.time += 3_600_000;
  await expect(octokit().issues.listForRepo(tickets)).resolves.toBeDefined();
});

it('opens an issue although the answer was lost, and counts it once', async () => {
  github.faults.add({ method: 'POST /repos/{owner}/{repo}/issues', kind: 'lost-after' });
  await expect(octokit().issues.create({ ...tickets, title: 'INC-1' })).rejects.toThrow();
  expect(github.issues('acme/incidents')).toHaveLength(1);
  expect(github.controls.ledger.writesOf('POST /repos/{owner}/{repo}/issues')).toBe(1);
});

it.each([
  ['throttle', 429],
  ['error', 502],
  ['deny', 403],
] as const)('opens none under the fault "%s"', async (kind, status) => {
  github.faults.add({ method: 'POST /repos/{owner}/{repo}/issues', kind, retryAfterSeconds: 7 });
  await expect(octokit().issues.create({ ...tickets, title: 'INC-1' })).rejects.toMatchObject({ status });
  expect(github.issues('acme/incidents')).toEqual([]);
});

it('carries the canary in every error text, when told to', async () => {
  await github.close();
  await start({ leakInErrors: CANARY });
  await expect(octokit('bad').issues.listForRepo(tickets)).rejects.toThrow(CANARY);
  await expect(octokit().issues.get({ ...tickets, issue_number: 9 })).rejects.toThrow(CANARY);
});

it('tells an alert with its secret, where it lies and what the commit was', async () => {
  const rest = octokit();
  const one = { ...tools, alert_number: 1 };
  const { data: alert } = await rest.secretScanning.getAlert(one);
  expect(alert).toMatchObject({ state: 'open', secret: SECRET, publicly_leaked: true });
  const { data: hidden } = await rest.secretScanning.getAlert({ ...one, hide_secret: true });
  expect(hidden.secret).toBeNull();
  const { data: locations } = await rest.secretScanning.listLocationsForAlert(one);
  expect(locations).toMatchObject([
    { type: 'commit', details: { path: 'deploy/.env', start_line: 2, start_column: 8, end_column: 7 + SECRET.length } },
  ]);
  const { blob_sha: blob, commit_sha: ref } = locations[0]!.details as { blob_sha: string; commit_sha: string };
  const { data: content } = await rest.git.getBlob({ ...tools, file_sha: blob });
  expect(Buffer.from(content.content, 'base64').toString()).toContain(SECRET);
  expect((await rest.repos.getContent({ ...tools, path: 'deploy/.env', ref })).data).toMatchObject({ sha: blob });
  expect((await rest.repos.getCommit({ ...tools, ref })).data.author).toMatchObject({ login: 'jdoe' });
  expect((await rest.secretScanning.listAlertsForRepo({ ...tools, state: 'resolved' })).data).toEqual([]);
});

it('resolves an alert only with a reason', async () => {
  const update = { ...tools, alert_number: 1, state: 'resolved' } as const;
  await expect(octokit().secretScanning.updateAlert(update)).rejects.toMatchObject({ status: 422 });
  await octokit().secretScanning.updateAlert({ ...update, resolution: 'revoked', resolution_comment: 'INC-1' });
  expect(github.alert('acme/payouts-tools', 1).resolved).toMatchObject({ as: 'revoked', comment: 'INC-1' });
});

it('keeps issues, comments and labels', async () => {
  const rest = octokit();
  const { data: made } = await rest.issues.create({ ...tickets, title: 'INC-1', body: 'marker', labels: ['incident'] });
  const one = { ...tickets, issue_number: made.number };
  await rest.issues.createComment({ ...one, body: 'contained' });
  await rest.issues.update({ ...one, state: 'closed', state_reason: 'completed' });
  expect((await rest.issues.get(one)).data).toMatchObject({
    state: 'closed',
    comments: 1,
    user: { login: 'firebreak-acme' },
  });
  expect((await rest.issues.listComments(one)).data.map(({ body }) => body)).toEqual(['contained']);
  expect((await rest.issues.listForRepo(tickets)).data).toEqual([]);
  expect((await rest.issues.listForRepo({ ...tickets, state: 'all', labels: 'incident' })).data).toHaveLength(1);
  expect((await rest.issues.listLabelsForRepo(tickets)).data.map(({ name }) => name)).toEqual(['incident']);
});

it('pages lists by their links', async () => {
  const client = new Octokit({ auth: token, baseUrl: github.url, throttle: { enabled: false } });
  for (let i = 0; i < 5; i++) await client.rest.issues.create({ ...tickets, title: `INC-${i}` });
  const all = await client.paginate(client.rest.issues.listForRepo, { ...tickets, per_page: 2 });
  expect(all.map(({ title }) => title)).toEqual(['INC-4', 'INC-3', 'INC-2', 'INC-1', 'INC-0']);
});

it('finds an issue by its marker, but only once it is indexed', async () => {
  await github.close();
  await start({ searchLagSeconds: 2 });
  await octokit().issues.create({ ...tickets, title: 'a leak', body: 'text\n<!-- firebreak:INC-1 -->' });
  const search = async (q: string) => (await octokit().search.issuesAndPullRequests({ q })).data.total_count;
  const marker = 'repo:acme/incidents is:issue in:body "firebreak:INC-1"';
  expect(await search(marker)).toBe(0);
  clock.time += 2000;
  expect(await search(marker)).toBe(1);
  expect(await search('repo:acme/incidents in:body "firebreak:INC-2"')).toBe(0);
  expect(await search('repo:acme/payouts-tools "firebreak:INC-1"')).toBe(0);
  expect(await search('repo:acme/incidents is:closed "firebreak:INC-1"')).toBe(0);
});

it('signs its webhooks as GitHub does, and tells neither secret nor place', async () => {
  const { headers, body } = github.alertDelivery('acme/payouts-tools', 1, { delivery: 'd-1' });
  expect(headers).toMatchObject({ 'x-github-event': 'secret_scanning_alert', 'x-github-delivery': 'd-1' });
  expect(await verify(github.hookSecret, body, headers['x-hub-signature-256']!)).toBe(true);
  expect(
    await verify(github.hookSecret, body.replace('"number":1', '"number":2'), headers['x-hub-signature-256']!),
  ).toBe(false);
  expect(JSON.parse(body)).toMatchObject({
    action: 'created',
    alert: { number: 1, secret_type: 'aws_secret_access_key', publicly_leaked: true },
    repository: { full_name: 'acme/payouts-tools', private: false, owner: { login: 'acme' } },
  });
  expect(body).not.toContain(SECRET);
  expect(body).not.toContain('deploy/.env');
});

it('says what a receiver answered', async () => {
  const delivery = github.alertDelivery('acme/payouts-tools', 1);
  expect((await deliver(`${github.url}/nowhere`, delivery)).status).toBe(401);
});
