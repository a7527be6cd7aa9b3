/** The settings file as it is written, key by key. What nothing implements yet is named, so that it is refused and not ignored. */
import { z } from 'zod';
import { MOMENTS } from '../../activities/seams.js';
import { MODES } from '../../playbooks/language/words.js';
import { hours } from './hours.js';
import {
  awsAccount,
  closed,
  count,
  leaf,
  mailAddress,
  oneOrMore,
  path,
  secret,
  slug,
  text,
  textOrReference,
  time,
  url,
  word,
  yes,
} from './leaf.js';
import type { Surroundings } from './reference.js';
import { SEVERITIES, type Severity } from './severity.js';

const CLUSTER = 'arrives with records in PostgreSQL';

export type Written = z.output<ReturnType<typeof written>>;

export function written(around: Surroundings) {
  const reference = (example?: string) => secret(around, example);
  const address = (example: string) =>
    textOrReference(around, example, /^https?:\/\/\S+$/, 'an address that begins with https:// or http://');
  const places = z.record(z.string(), count('`{ security-on-call: 1 }`', 5));
  const version = leaf<1>('`version: 1`', (value) =>
    value === 1 ? 1 : { message: 'is not one that this Firebreak reads', fix: 'Write `version: 1`' },
  );

  return closed(
    {
      version,
      company: text('`company: Acme Exchange`'),
      public_url: url('`https://firebreak.acme.example`').optional(),
      temporal: closed({
        address: textOrReference(around, '`localhost:7233`', /^[^\s/:]+:\d{1,5}$/, 'host:port'),
        namespace: text('`namespace: firebreak`').optional(),
        api_key: reference().optional(),
        tls: closed({
          ca: reference('`file:/etc/firebreak/ca.pem`').optional(),
          certificate: reference('`file:/etc/firebreak/client.pem`').optional(),
          key: reference('`file:/run/secrets/client-key.pem`').optional(),
          server_name: text('`temporal.acme.example`').optional(),
        }).optional(),
      }).optional(),
      records: closed({ file: path('`./records.db`').optional() }, { url: CLUSTER, keep: CLUSTER }).optional(),
      encryption: closed({
        keys: z
          .array(closed({ id: text('`id: "2026-10"`', /^[\w.-]{1,40}$/, 'a short name'), from: reference() }))
          .min(1),
      }),
      mail: closed({
        smtp: textOrReference(
          around,
          '`env:SMTP_URL`',
          /^smtps?:\/\/\S+$/,
          'an address that begins with smtps:// or smtp://',
        ),
        from: mailAddress(),
      }).optional(),
      slack: closed({
        mode: word(['socket', 'http']).optional(),
        app_token: reference('`env:SLACK_APP_TOKEN`').optional(),
        bot_token: reference('`env:SLACK_BOT_TOKEN`'),
        signing_secret: reference('`env:SLACK_SIGNING_SECRET`').optional(),
        workspace: text('`workspace: T0ACME`', /^[TE][A-Z0-9]{2,20}$/, 'the id of a workspace'),
        api: address('`https://slack.com/api/`').optional(),
      }).optional(),
      channels: closed({
        default: channel(),
        severity: closed(
          Object.fromEntries(SEVERITIES.map((severity) => [severity, channel('new-channel').optional()])) as Record<
            Severity,
            z.ZodOptional<ReturnType<typeof channel>>
          >,
        ).optional(),
      }).optional(),
      pagerduty: closed({
        token: reference('`env:PAGERDUTY_TOKEN`'),
        routing_key: reference('`env:PAGERDUTY_ROUTING_KEY`').optional(),
        api: address('`https://api.pagerduty.com`').optional(),
        events: address('`https://events.pagerduty.com`').optional(),
      }).optional(),
      people: z.record(
        z.string(),
        closed(
          {
            mail: mailAddress(),
            teams: oneOrMore(text('`teams: [payments]`')).optional(),
            known_as: oneOrMore(text('`known_as: [sam-acme]`')).optional(),
          },
          { delegates: 'arrives with absences and stand-ins' },
          {
            slack: [
              'is never written: each person confirms once which Slack account is theirs',
              'Leave it out; `firebreak link` or "Link your account" in Slack links it',
            ],
          },
        ),
      ),
      roles: z.record(
        z.string(),
        closed({
          people: oneOrMore(slug('`people: [sam]`')).optional(),
          of: word(['owner']).optional(),
          slack_group: text('`slack_group: S0SECONCALL`', /^S[A-Z0-9]{2,20}$/, 'the id of a user group').optional(),
          pagerduty_schedule: text(
            '`pagerduty_schedule: PSEC1`',
            /^P[A-Z0-9]{2,20}$/,
            'the id of a schedule',
          ).optional(),
          page: yes().optional(),
        }),
      ),
      owners: z
        .array(
          closed({
            aws_tag: text('`aws_tag: team`').optional(),
            csv: path('`csv: ./owners.csv`').optional(),
            default: text('`default: security-on-call`').optional(),
          }),
        )
        .optional(),
      office: closed({
        zone: leaf<string>('`zone: Europe/Zurich`', zone),
        hours: leaf('`hours: mon-fri 09:00-17:00`', hours),
        except: path('`except: ./holidays.csv`').optional(),
      }).optional(),
      environments: z.record(
        z.string(),
        closed({
          match: closed({
            aws_account: oneOrMore(awsAccount()).optional(),
            names: oneOrMore(text('`names: [svc-*]`')).optional(),
          }).optional(),
          mode: word(MODES),
          critical: oneOrMore(text('`critical: [svc-payouts]`')).optional(),
        }),
      ),
      policy: z.record(z.string(), z.record(z.string(), row(places))).optional(),
      protected: z.array(text('`"user/break-glass-*"`')).optional(),
      connectors: closed({
        'aws-access-key': closed({
          region: text('`us-east-1`', /^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region').optional(),
          endpoint: address('`env:AWS_ENDPOINT`').optional(),
          accounts: z.record(
            z.string(),
            closed({
              role: text(
                '`arn:aws:iam::111122223333:role/firebreak`',
                /^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/,
                'the ARN of a role',
              ).optional(),
              access_key_id: textOrReference(around, '`env:FIREBREAK_AWS_KEY_ID`').optional(),
              secret_access_key: reference('`env:FIREBREAK_AWS_SECRET`').optional(),
            }),
          ),
          fence: closed({
            late: time().optional(),
            lag: time('`5s`').optional(),
            skew: time('`5s`').optional(),
          }).optional(),
          propagation: closed({
            looks: count('`3`', 20).optional(),
            spread: time('`10s`').optional(),
            window: time('`2m`').optional(),
          }).optional(),
        }).optional(),
      }),
      secrets: closed({
        vault: closed(
          {
            address: address('`https://vault.acme.example`'),
            token: reference('`env:VAULT_TOKEN`'),
            mount: text('`mount: kv`', /^[\w./-]{1,100}$/, 'the path of a KV v2 mount').optional(),
            namespace: text('`namespace: security`').optional(),
          },
          { role: 'arrives with the ways to log in to Vault; until then Firebreak needs a `token`' },
        ).optional(),
        file: path('`file: ./secrets.json`').optional(),
        path: text('`<environment>/<owner>/<credential.kind>/<credential.name>`').optional(),
      }).optional(),
      sources: closed({
        github: closed(
          {
            secret: oneOrMore(reference('`env:GITHUB_HOOK_SECRET`')),
            token: reference('`env:GITHUB_TOKEN`').optional(),
            api: address('`https://api.github.com`').optional(),
          },
          { app: 'arrives with GitHub Apps; until then Firebreak needs a `token`', backlog: 'arrives with backlogs' },
        ).optional(),
        standard: closed({ secret: oneOrMore(reference('`env:SIEM_HOOK`')) }).optional(),
      }).optional(),
      intake: closed({
        storm: closed({ alerts: count('`1000`', 100_000), within: time('`1m`') }).optional(),
      }).optional(),
      logs: closed({
        cloudtrail: closed({
          files: textOrReference(around, '`/var/log/cloudtrail`', /^\S[^\n]*$/, 'a folder'),
          knows: oneOrMore(slug('`knows: [aws-access-key]`')),
          lag: time().optional(),
        }).optional(),
      }).optional(),
      tickets: closed({
        github: closed({
          repo: text('`repo: acme/incidents`', /^[\w.-]+\/[\w.-]+$/, 'owner/name'),
          token: reference('`env:GITHUB_TOKEN`'),
          api: address('`https://api.github.com`').optional(),
          labels: oneOrMore(text('`labels: [incident]`')).optional(),
        }),
      }).optional(),
      tell: z
        .record(
          z.string(),
          closed({
            by: oneOrMore(word(['slack', 'mail'])).optional(),
            mail: mailAddress().optional(),
            at: oneOrMore(word(MOMENTS)).optional(),
          }),
        )
        .optional(),
      api: closed({
        listen: text('`127.0.0.1:8080`', /^(\[[0-9a-f:]+\]|[^\s/:]+):\d{1,5}$/i, 'host:port').optional(),
        tokens: z
          .array(
            closed({
              id: text('`id: sam-laptop`', /^[\w.-]{1,60}$/, 'a short name'),
              person: slug('`person: sam`'),
              sha256: textOrReference(
                around,
                'the line that `firebreak token` prints',
                /^[0-9a-f]{64}$/,
                'the SHA-256 of the token, 64 hex digits',
              ),
              roles: oneOrMore(slug('`roles: [responder]`')).optional(),
            }),
          )
          .optional(),
      }).optional(),
      playbooks: path('`./playbooks`').optional(),
    },
    { limits: 'arrives with the budget of changes an hour' },
  );
}

/** The id of a channel: names change hands. `instead`: a word that may stand there. */
function channel(instead?: 'new-channel') {
  const example = instead === undefined ? '`C0SECINC`' : `\`${instead}\` or \`C0SECINC\``;
  return leaf<string>(example, (value) => {
    if (typeof value === 'string' && (value === instead || /^[CG][A-Z0-9]{2,20}$/.test(value))) return value;
    const named = typeof value === 'string' && /^#?[a-z0-9_-]+$/.test(value);
    return {
      message: `takes the id of a channel${instead === undefined ? '' : `, or ${instead}`}${named ? ', not its name' : ''}`,
      fix: `Write ${example}${named ? '; Slack shows the id at the bottom of the details of the channel' : ''}`,
    };
  });
}

/** `now`, or the keys of a gate. */
function row(places: z.ZodType<Record<string, number>>) {
  const gate = closed({
    from: places.optional(),
    within: time().optional(),
    // biome-ignore lint/suspicious/noThenProperty: the language's word
    then: oneOrMore(slug('`then: [ciso]`')).optional(),
    if_silent: word(['hold', 'proceed']).optional(),
    if_denied: word(['hold', 'skip']).optional(),
    hours: word(['any', 'office']).optional(),
  });
  return z.unknown().transform((value, context): 'now' | z.output<typeof gate> => {
    if (value === 'now') return 'now';
    const read = gate.safeParse(value, { reportInput: true });
    if (read.success) return read.data;
    for (const issue of read.error.issues) context.issues.push({ ...issue, input: value } as never);
    return z.NEVER;
  });
}

function zone(value: unknown): string | { message: string; fix: string } {
  try {
    if (typeof value === 'string' && value !== '') return new Intl.DateTimeFormat('en', { timeZone: value }) && value;
  } catch {
    // told below, as for what is not even text
  }
  return { message: 'is no time zone that this system knows', fix: 'Write `Europe/Zurich`' };
}
