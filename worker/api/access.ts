import type { MiddlewareHandler } from 'hono';
import type { HeldRoles } from '../people/directory.js';
import type { HeldRole } from '../people/people.js';
import { ApiError, errorBody } from './api-error.js';
import { bearerOf, type TokenSetting } from './tokens.js';

/** Looks a person's roles up at the moment of the question; `incident` decides who the service owner is. */
export type RolesOf = (person: string, incident: string | undefined) => Promise<HeldRoles>;

/** Who asks. */
export interface Caller {
  tokenId: string;
  person: string;
  /** Known to this process alone: makes ids that nobody can guess. */
  salt: string;
  /** `cli` for our own command line; says nothing about trust. */
  channel: 'api' | 'cli';
  /** What the person holds now, narrowed to what the token may use. */
  roles(incident?: string): Promise<HeldRoles>;
}

export type ApiEnv = { Variables: { caller: Caller } };

/** The only ways in without a bearer token. Hooks and links in mails prove themselves by signature. */
export const PUBLIC_PATHS: readonly RegExp[] = [
  /^\/healthz$/,
  /^\/readyz$/,
  /^\/openapi\.json$/,
  /^\/hooks\/[a-z]+$/,
  /^\/link\/[\w.-]+$/,
];

/** Default deny: whatever is not listed as public needs the token of a person, a path that does not exist included. */
export function requireToken(tokens: readonly TokenSetting[], rolesOf: RolesOf): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (PUBLIC_PATHS.some((path) => path.test(c.req.path))) return next();
    const token = bearerOf(c.req.header('authorization'), tokens);
    if (token === undefined) {
      c.header('www-authenticate', 'Bearer');
      return c.json(
        errorBody('unauthenticated', 'This needs a bearer token: firebreak token <person> makes one.'),
        401,
      );
    }
    c.set('caller', {
      tokenId: token.id,
      person: token.person,
      salt: token.sha256,
      channel: c.req.header('user-agent')?.startsWith('firebreak-cli') ? 'cli' : 'api',
      async roles(incident) {
        const { roles, unread } = await rolesOf(token.person, incident);
        const isMeant = ({ role }: { role: string }) => token.roles?.includes(role) ?? true;
        return { roles: roles.filter(isMeant), unread: unread.filter(isMeant) };
      },
    });
    return next();
  };
}

/**
 * Throws unless the caller holds one of the roles; without a list, any role at all. What could not be read is not held,
 * and is said.
 */
export async function requireRole(caller: Caller, roles?: readonly string[], incident?: string): Promise<HeldRole[]> {
  const isEnough = ({ role }: { role: string }) => roles?.includes(role) ?? true;
  const held = await caller.roles(incident);
  if (held.roles.some(isEnough)) return held.roles;
  const needed = roles === undefined ? 'a role here' : roles.join(' or ');
  const unread = [...new Set(held.unread.filter(isEnough).map(({ why }) => why))];
  throw new ApiError(
    403,
    'forbidden',
    unread.length === 0
      ? `This needs ${needed}, and ${caller.person} (token ${caller.tokenId}) holds none.`
      : `This needs ${needed}, and whether ${caller.person} (token ${caller.tokenId}) holds it nobody can say now: ${unread.join('; ')}. Try again, or ask somebody else.`,
  );
}
