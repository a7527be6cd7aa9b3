import { Hono } from 'hono';
import { z } from 'zod';
import { htmlText } from '../html-text.js';
import type { Linking, NotLinked } from '../people/linking.js';
import { saysToBe } from '../people/says-to-be.js';
import { type ApiEnv, requireRole } from './access.js';
import { ApiError } from './api-error.js';
import { readBody } from './body.js';
import { describe } from './describe.js';
import { EndedLink, GiveLink, GivenLink, LinkList, PendingLink } from './schemas.js';
import type { ServerDoors } from './server.js';

/** Of whom a link is ended by others. */
const MAY_END = ['security-on-call'];

/** `GET` and `POST /links`, and the end of one. */
export function linkRoutes({ links }: Pick<ServerDoors, 'links'>): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.get(
    '/links',
    describe(
      {
        summary: 'Which Slack account is which person, and was',
        gives: { 200: { what: 'All, oldest first', schema: LinkList } },
      },
      401,
      403,
    ),
    async (c) => {
      await requireRole(c.get('caller'));
      return c.json({ links: await there(links).all() });
    },
  );

  routes.get(
    '/links/:code',
    describe(
      {
        summary: 'Which Slack account a code would link to you; confirms nothing',
        gives: { 200: { what: 'The account that was given the code', schema: PendingLink } },
      },
      401,
      404,
      409,
    ),
    async (c) => {
      const seen = await there(links).lookByToken(c.req.param('code'), c.get('caller').person);
      if ('linked' in seen) throw new ApiError(409, 'refused', whyNot(seen));
      return c.json(seen);
    },
  );

  routes.post(
    '/links',
    describe(
      {
        summary: 'Confirm that the Slack account which was given this code is yours',
        takes: GiveLink,
        gives: { 200: { what: 'It is linked', schema: GivenLink } },
      },
      401,
      409,
      422,
    ),
    async (c) => {
      const { code, account } = await readBody(c, GiveLink);
      const confirmed = await there(links).confirmByToken(code, c.get('caller').person, account);
      if (confirmed.linked) return c.json({ account: confirmed.account, person: confirmed.person });
      throw new ApiError(409, 'refused', whyNot(confirmed));
    },
  );

  routes.post(
    '/links/:person/end',
    describe(
      {
        summary: 'End the link of a person: your own, or as security-on-call',
        gives: { 200: { what: 'It has ended', schema: EndedLink } },
      },
      401,
      403,
      404,
    ),
    async (c) => {
      const caller = c.get('caller');
      const person = c.req.param('person');
      if (person !== caller.person) await requireRole(caller, MAY_END);
      const linking = there(links);
      if (await linking.end(person, `person:${caller.person}`)) return c.json({ person });
      throw new ApiError(404, 'not-found', `${person} is linked to no Slack account.`);
    },
  );
  return routes;
}

function whyNot(refused: NotLinked): string {
  if (refused.reason !== 'another account') return WHY_NOT[refused.reason];
  return `${saysToBe(refused.pending)} Nothing was linked: name that account if it is yours, and if not, tell security-on-call.`;
}

const WHY_NOT: Record<Exclude<NotLinked['reason'], 'another account'>, string> = {
  unknown: 'There is no such code. Press "Link your account" in Slack for one.',
  expired: 'The code is older than 15 minutes. Press "Link your account" in Slack for another.',
  used: 'The code was used already, and works once. Press "Link your account" in Slack for another.',
  'not yours':
    'That Slack account says to be another person than the one whose token this is. Nothing was linked; tell security-on-call.',
};

function there(links: Linking | undefined): Linking {
  if (links !== undefined) return links;
  throw new ApiError(404, 'not-found', 'firebreak.yaml has no slack, so there are no accounts to link.');
}

/** The page behind a link in a mail: looking confirms nothing, because whoever scans mails looks too. */
export function linkPages({ links }: Pick<ServerDoors, 'links'>): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  routes.use('/link/*', async (c, next) => {
    await next();
    c.header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    );
    c.header('referrer-policy', 'no-referrer');
  });

  const token = z.string().max(200);
  routes.get(
    '/link/:token',
    describe({
      summary: 'What a link in a mail would confirm',
      open: true,
      gives: { 200: { what: 'A page with a button' }, 410: { what: 'A page that says why it confirms nothing' } },
    }),
    async (c) => {
      const seen = await there(links).look(token.parse(c.req.param('token')));
      if ('linked' in seen) return c.html(notLinked(seen), 410);
      const { shown, account, person } = seen;
      return c.html(
        page(
          'Is this account yours?',
          `The Slack account <b>${htmlText(shown)}</b> (${htmlText(account)}) says that it is you, <b>${htmlText(person)}</b>. From then on, what it decides in Slack counts as decided by you.`,
          '<form method="post"><button>Yes, this account is mine</button></form><p>If you did not ask for this, close this page and tell security-on-call.</p>',
        ),
      );
    },
  );

  routes.post(
    '/link/:token',
    describe({
      summary: 'Confirm it, once',
      open: true,
      gives: { 200: { what: 'A page that says so' }, 410: { what: 'A page that says why not' } },
    }),
    async (c) => {
      const confirmed = await there(links).confirmByMail(token.parse(c.req.param('token')));
      if (!confirmed.linked) return c.html(notLinked(confirmed), 410);
      const { shown, account, person } = confirmed;
      return c.html(
        page(
          'Linked',
          `<b>${htmlText(shown)}</b> (${htmlText(account)}) is <b>${htmlText(person)}</b> from now on. You can close this page and press again in Slack.`,
        ),
      );
    },
  );
  return routes;
}

const notLinked = (refused: NotLinked): string =>
  page('Nothing was linked', htmlText(whyNot(refused).replaceAll('code', 'link')));

function page(title: string, line: string, more = ''): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>Firebreak: ${title}</title><style>body{font:18px/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;padding:0 1em;color:#222}button{font:inherit;padding:.6em 1.2em;background:#1a6b3c;color:#fff;border:0;border-radius:4px;cursor:pointer}p{margin:1em 0}</style><h1>${title}</h1><p>${line}</p>${more}</html>`;
}
