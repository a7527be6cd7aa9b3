import { type Answer, json } from '../twin/serve.js';
import { type Alert, type Commit, iso, type Repository, type Resolution } from './repository.js';
import { type GithubCall, PAGES, paged, type Route, refusal, unprocessable, user } from './routes.js';

const RESOLUTIONS: Resolution[] = ['false_positive', 'wont_fix', 'revoked', 'used_in_tests'];

/** What REST and webhooks both tell of an alert; no secret in it. */
export function alertFields(repository: Repository, alert: Alert, url: string) {
  const full = `${repository.owner}/${repository.name}`;
  const api = `${url}/repos/${full}/secret-scanning/alerts/${alert.number}`;
  return {
    number: alert.number,
    created_at: iso(alert.createdAt),
    updated_at: iso(alert.updatedAt),
    url: api,
    html_url: `${PAGES}/${full}/security/secret-scanning/${alert.number}`,
    locations_url: `${api}/locations`,
    resolution: alert.resolved?.as ?? null,
    resolved_at: alert.resolved ? iso(alert.resolved.at) : null,
    resolved_by: alert.resolved ? user(alert.resolved.by, url) : null,
    resolution_comment: alert.resolved?.comment ?? null,
    secret_type: alert.secretType,
    secret_type_display_name: alert.secretTypeName,
    validity: alert.validity,
    push_protection_bypassed: false,
    push_protection_bypassed_by: null,
    push_protection_bypassed_at: null,
    push_protection_bypass_request_reviewer: null,
    push_protection_bypass_request_reviewer_comment: null,
    push_protection_bypass_request_comment: null,
    push_protection_bypass_request_html_url: null,
    publicly_leaked: alert.publiclyLeaked,
    multi_repo: false,
  };
}

function shown(call: GithubCall, alert: Alert) {
  const hide = call.request.query.get('hide_secret') === 'true';
  const first = alert.locations[0];
  return {
    ...alertFields(call.repository, alert, call.url),
    state: alert.resolved ? 'resolved' : 'open',
    secret: hide ? null : alert.secret,
    is_base64_encoded: false,
    first_location_detected: first ? located(call, first).details : null,
    has_more_locations: alert.locations.length > 1,
  };
}

function located({ repository, url }: GithubCall, place: Alert['locations'][number]) {
  const api = `${url}/repos/${repository.owner}/${repository.name}`;
  return {
    type: 'commit',
    details: {
      path: place.commit.path,
      start_line: place.line,
      end_line: place.line,
      start_column: place.startColumn,
      end_column: place.endColumn,
      blob_sha: place.commit.blob,
      blob_url: `${api}/git/blobs/${place.commit.blob}`,
      commit_sha: place.commit.sha,
      commit_url: `${api}/git/commits/${place.commit.sha}`,
    },
  };
}

const alertOf = ({ repository, params }: GithubCall) =>
  repository.alerts.find(({ number }) => String(number) === params.alert_number);

function update(call: GithubCall): Answer {
  const { body, now, rights } = call;
  const alert = alertOf(call);
  if (alert === undefined) return refusal(404, 'Not Found');
  if (body.state === 'resolved') {
    if (!RESOLUTIONS.includes(body.resolution as Resolution)) {
      return unprocessable('SecretScanningAlert', 'resolution', 'invalid');
    }
    const comment = typeof body.resolution_comment === 'string' ? body.resolution_comment : null;
    alert.resolved = { as: body.resolution as Resolution, at: now, by: rights.login, comment };
  } else if (body.state === 'open') delete alert.resolved;
  else if (body.validity === undefined) return unprocessable('SecretScanningAlert', 'state', 'invalid');
  if (body.validity === 'active' || body.validity === 'inactive') alert.validity = body.validity;
  if (body.validity === null) alert.validity = 'unknown';
  alert.updatedAt = now;
  call.wrote(`${call.repository.owner}/${call.repository.name}/alerts/${alert.number}`, {
    state: String(body.state ?? ''),
    resolution: String(body.resolution ?? ''),
  });
  return json(200, shown(call, alert));
}

function commit(call: GithubCall, find: (commit: Commit) => boolean, show: (commit: Commit) => unknown): Answer {
  const found = call.repository.commits.find(find);
  return found === undefined ? refusal(404, 'Not Found') : json(200, show(found));
}

const encoded = (content: string) => ({ encoding: 'base64', content: Buffer.from(content).toString('base64') });

export const alertRoutes: Route[] = [
  {
    name: 'GET /repos/{owner}/{repo}/secret-scanning/alerts',
    needs: ['secret_scanning_alerts', 'read'],
    run(call) {
      const state = call.request.query.get('state');
      const types = call.request.query.get('secret_type')?.split(',');
      const fits = (alert: Alert) =>
        (state === null || state === (alert.resolved ? 'resolved' : 'open')) &&
        (types === undefined || types.includes(alert.secretType));
      return paged(call, call.repository.alerts.filter(fits).reverse(), (alert) => shown(call, alert));
    },
  },
  {
    name: 'GET /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}',
    needs: ['secret_scanning_alerts', 'read'],
    run(call) {
      const alert = alertOf(call);
      return alert === undefined ? refusal(404, 'Not Found') : json(200, shown(call, alert));
    },
  },
  {
    name: 'PATCH /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}',
    needs: ['secret_scanning_alerts', 'write'],
    run: update,
  },
  {
    name: 'GET /repos/{owner}/{repo}/secret-scanning/alerts/{alert_number}/locations',
    needs: ['secret_scanning_alerts', 'read'],
    run(call) {
      const alert = alertOf(call);
      if (alert === undefined) return refusal(404, 'Not Found');
      return paged(call, alert.locations, (place) => located(call, place));
    },
  },
  {
    name: 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
    needs: ['contents', 'read'],
    run: (call) =>
      commit(
        call,
        ({ blob }) => blob === call.params.file_sha,
        ({ blob, content }) => ({ sha: blob, size: Buffer.byteLength(content), ...encoded(content) }),
      ),
  },
  {
    name: 'GET /repos/{owner}/{repo}/contents/{path}',
    needs: ['contents', 'read'],
    run(call) {
      const ref = call.request.query.get('ref');
      const wanted = ({ path, sha }: Commit) =>
        path === call.params.path && (ref === null || ref === sha || ref === 'main');
      return commit(call, wanted, ({ path, blob, content }) => ({
        type: 'file',
        name: path.split('/').pop(),
        path,
        sha: blob,
        size: Buffer.byteLength(content),
        ...encoded(content),
      }));
    },
  },
  ...['commits/{ref}', 'git/commits/{ref}'].map(
    (place): Route => ({
      name: `GET /repos/{owner}/{repo}/${place}`,
      needs: ['contents', 'read'],
      run: (call) =>
        commit(
          call,
          ({ sha }) => sha === call.params.ref,
          ({ sha, message, author, at, path, blob, content }) => {
            const who = { name: author.name, email: author.email, date: iso(at) };
            const patch = content
              .split('\n')
              .map((line) => `+${line}`)
              .join('\n');
            return {
              sha,
              html_url: `${PAGES}/${call.repository.owner}/${call.repository.name}/commit/${sha}`,
              ...(place.startsWith('git/')
                ? { message, author: who, committer: who }
                : {
                    commit: { message, author: who, committer: who },
                    author: user(author.login, call.url),
                    committer: user(author.login, call.url),
                    files: [{ sha: blob, filename: path, status: 'added', patch }],
                  }),
            };
          },
        ),
    }),
  ),
];
