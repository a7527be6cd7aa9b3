import { type Answer, json } from '../twin/serve.js';
import { type Issue, iso, type Repository } from './repository.js';
import { type GithubCall, PAGES, paged, type Route, refusal, unprocessable, user } from './routes.js';

export function shownIssue(repository: Repository, issue: Issue, url: string) {
  const full = `${repository.owner}/${repository.name}`;
  const api = `${url}/repos/${full}/issues/${issue.number}`;
  return {
    id: issue.id,
    number: issue.number,
    url: api,
    repository_url: `${url}/repos/${full}`,
    comments_url: `${api}/comments`,
    html_url: `${PAGES}/${full}/issues/${issue.number}`,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: issue.stateReason,
    user: user(issue.author, url),
    labels: issue.labels.map((name) => ({ name })),
    assignees: issue.assignees.map((login) => user(login, url)),
    locked: false,
    comments: issue.comments.length,
    created_at: iso(issue.createdAt),
    updated_at: iso(issue.updatedAt),
    closed_at: issue.closedAt === null ? null : iso(issue.closedAt),
  };
}

const shownComment = ({ url, repository }: GithubCall, issue: Issue, comment: Issue['comments'][number]) => ({
  id: comment.id,
  body: comment.body,
  user: user(comment.author, url),
  html_url: `${PAGES}/${repository.owner}/${repository.name}/issues/${issue.number}#issuecomment-${comment.id}`,
  issue_url: `${url}/repos/${repository.owner}/${repository.name}/issues/${issue.number}`,
  created_at: iso(comment.createdAt),
  updated_at: iso(comment.updatedAt),
});

const issueOf = ({ repository, params }: GithubCall) =>
  repository.issues.find(({ number }) => String(number) === params.issue_number);

const namesOf = (value: unknown): string[] | undefined =>
  Array.isArray(value)
    ? value.map((one: unknown) => (typeof one === 'string' ? one : String((one as { name?: unknown }).name)))
    : undefined;

/** GitHub makes labels that it does not know. */
function labelled(repository: Repository, names: string[]): string[] {
  for (const name of names) if (!repository.labels.includes(name)) repository.labels.push(name);
  return [...new Set(names)];
}

let lastId = 2_000_000_000; // ids are global at GitHub

function create(call: GithubCall): Answer {
  const { repository, body, rights, now } = call;
  if (typeof body.title !== 'string' || body.title === '') return unprocessable('Issue', 'title', 'missing_field');
  if (typeof body.body === 'string' && body.body.length > 65_536) return unprocessable('Issue', 'body', 'too_long');
  lastId += 1;
  const issue: Issue = {
    id: lastId,
    number: repository.issues.length + 1,
    title: body.title,
    body: typeof body.body === 'string' ? body.body : '',
    labels: labelled(repository, namesOf(body.labels) ?? []),
    assignees: namesOf(body.assignees) ?? [],
    state: 'open',
    stateReason: null,
    author: rights.login,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    comments: [],
  };
  repository.issues.push(issue);
  call.wrote(`${repository.owner}/${repository.name}/issues`, { number: String(issue.number), title: issue.title });
  return json(201, shownIssue(repository, issue, call.url));
}

function update(call: GithubCall, issue: Issue): Answer {
  const { body, now, repository } = call;
  if (typeof body.title === 'string') issue.title = body.title;
  if (typeof body.body === 'string') issue.body = body.body;
  const labels = namesOf(body.labels);
  if (labels !== undefined) issue.labels = labelled(repository, labels);
  issue.assignees = namesOf(body.assignees) ?? issue.assignees;
  if (body.state === 'open' || body.state === 'closed') {
    issue.state = body.state;
    issue.closedAt = body.state === 'closed' ? now : null;
    issue.stateReason = typeof body.state_reason === 'string' ? body.state_reason : null;
  }
  issue.updatedAt = now;
  call.wrote(`${repository.owner}/${repository.name}/issues/${issue.number}`, { changed: Object.keys(body).join(',') });
  return json(200, shownIssue(repository, issue, call.url));
}

function comment(call: GithubCall, issue: Issue): Answer {
  const { body, now, rights, repository } = call;
  if (typeof body.body !== 'string' || body.body === '') return unprocessable('IssueComment', 'body', 'missing_field');
  lastId += 1;
  const made = { id: lastId, body: body.body, author: rights.login, createdAt: now, updatedAt: now };
  issue.comments.push(made);
  issue.updatedAt = now;
  call.wrote(`${repository.owner}/${repository.name}/issues/${issue.number}/comments`, { id: String(made.id) });
  return json(201, shownComment(call, issue, made));
}

function addLabels(call: GithubCall, issue: Issue): Answer {
  const names = namesOf(call.body.labels) ?? [];
  issue.labels = labelled(call.repository, [...issue.labels, ...names]);
  call.wrote(`${call.repository.owner}/${call.repository.name}/issues/${issue.number}/labels`, {
    names: names.join(','),
  });
  return json(
    200,
    issue.labels.map((name) => ({ name })),
  );
}

/** A route on one issue: 404 if it is not there. */
const on = (name: string, access: 'read' | 'write', run: (call: GithubCall, issue: Issue) => Answer): Route => ({
  name: name.replace('ISSUE', '/repos/{owner}/{repo}/issues/{issue_number}'),
  needs: ['issues', access],
  run(call) {
    const issue = issueOf(call);
    return issue === undefined ? refusal(404, 'Not Found') : run(call, issue);
  },
});

export const issueRoutes: Route[] = [
  { name: 'POST /repos/{owner}/{repo}/issues', needs: ['issues', 'write'], run: create },
  {
    name: 'GET /repos/{owner}/{repo}/issues',
    needs: ['issues', 'read'],
    run(call) {
      const state = call.request.query.get('state') ?? 'open';
      const labels = call.request.query.get('labels')?.split(',') ?? [];
      const fits = (issue: Issue) =>
        (state === 'all' || issue.state === state) && labels.every((label) => issue.labels.includes(label));
      const newestFirst = call.repository.issues.filter(fits).reverse();
      return paged(call, newestFirst, (issue) => shownIssue(call.repository, issue, call.url));
    },
  },
  on('GET ISSUE', 'read', ({ repository, url }, issue) => json(200, shownIssue(repository, issue, url))),
  on('PATCH ISSUE', 'write', update),
  on('GET ISSUE/comments', 'read', (call, issue) =>
    paged(call, issue.comments, (one) => shownComment(call, issue, one)),
  ),
  on('POST ISSUE/comments', 'write', comment),
  on('POST ISSUE/labels', 'write', addLabels),
  {
    name: 'GET /repos/{owner}/{repo}/labels',
    needs: ['issues', 'read'],
    run: (call) => paged(call, call.repository.labels, (name) => ({ name })),
  },
  {
    name: 'POST /repos/{owner}/{repo}/labels',
    needs: ['issues', 'write'],
    run(call) {
      const name = String(call.body.name ?? '');
      if (name === '') return unprocessable('Label', 'name', 'missing_field');
      if (call.repository.labels.includes(name)) return unprocessable('Label', 'name', 'already_exists');
      labelled(call.repository, [name]);
      call.wrote(`${call.repository.owner}/${call.repository.name}/labels`, { name });
      return json(201, { name });
    },
  },
];

/** Does an issue fit a search? Quoted phrases and words must all stand in title, body or comments. */
export function found(query: string, repository: Repository, issue: Issue): boolean {
  const terms = query.match(/(?:[^\s":]+:)?"[^"]*"|\S+/g) ?? [];
  const plain = (text: string) => text.replace(/"/g, '');
  const places = terms.filter((term) => term.startsWith('in:')).flatMap((term) => plain(term.slice(3)).split(','));
  const parts: Record<string, string> = {
    title: issue.title,
    body: issue.body,
    comments: issue.comments.map(({ body }) => body).join('\n'),
  };
  const text = (places.length > 0 ? places : Object.keys(parts))
    .map((place) => parts[place] ?? '')
    .join('\n')
    .toLowerCase();
  return terms.every((term) => {
    const [, key, value = ''] = /^(repo|org|is|type|state|label|author|in):(.+)$/.exec(term) ?? [];
    const asked = plain(value);
    switch (key) {
      case 'repo':
        return asked.toLowerCase() === `${repository.owner}/${repository.name}`.toLowerCase();
      case 'org':
        return asked.toLowerCase() === repository.owner.toLowerCase();
      case 'is':
      case 'type':
      case 'state':
        return asked === 'issue' || asked === issue.state;
      case 'label':
        return issue.labels.includes(asked);
      case 'author':
        return issue.author === asked;
      case 'in':
        return true;
      default:
        return text.includes(plain(term).toLowerCase());
    }
  });
}
