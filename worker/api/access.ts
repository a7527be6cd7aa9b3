import type { MiddlewareHandler } from 'hono';
import { ApiError, errorBody } from './api-error.js';
import { bearerOf, type TokenSetting } from './tokens.js';

/** What a person holds for one incident, and how that is known: `{ role: 'security-on-call', source: 'settings' }`. */
export interface HeldRole {
  role: string;
  source: string;
}

/** Looks a person's roles up at the moment of the question; `incident` decides who the service owner is. */
export type RolesOf = (person: string, incident: string | undefined) => Promise<HeldRole[]>;

/** Who asks. */
export interface Caller {
  tokenId: string;
  person: string;
  /** Known to this process alone: makes ids that nobody can guess. */
  salt: string;
  /** `cli` for our own command line; says nothing about trust. */
  channel: 'api' | 'cli';
  /** What the person holds now, narrowed to what the token may use. */
  roles(incident?: string): Promise<HeldRole[]>;
}

export type ApiEnv = { Variables: { caller: Caller } };

/** The only ways in without a bearer token. Hooks prove themselves by signature. */
export const PUBLIC_PATHS: readonly RegExp[] = [/^\/healthz$/, /^\/readyz$/, /^\/openapi\.json$/, /^\/hooks\/[a-z]+$/];

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
        const held = await rolesOf(token.person, incident);
        return token.roles === undefined ? held : held.filter(({ role }) => token.roles?.includes(role));
      },
    });
    return next();
  };
}

/** Throws unless the caller holds one of the roles; without a list, any role at all. */
export async function requireRole(caller: Caller, roles?: readonly string[], incident?: string): Promise<HeldRole[]> {
  const held = await caller.roles(incident);
  const enough = roles === undefined ? held.length > 0 : held.some(({ role }) => roles.includes(role));
  if (enough) return held;
  const needed = roles === undefined ? 'a role here' : roles.join(' or ');
  throw new ApiError(
    403,
    'forbidden',
    `This needs ${needed}, and ${caller.person} (token ${caller.tokenId}) holds none.`,
  );
}
