import { describeRoute, resolver } from 'hono-openapi';
import type { z } from 'zod';
import { ErrorAnswer } from './api-error.js';

interface Described {
  summary: string;
  description?: string;
  /** Body that is read. */
  takes?: z.ZodType;
  query?: Record<string, string>;
  header?: Record<string, string>;
  gives: Record<number, { what: string; schema?: z.ZodType; media?: string[] }>;
  /** No bearer token needed. */
  open?: boolean;
}

const CODES: Record<number, string> = {
  401: 'No or a wrong bearer token.',
  403: 'The person holds no role that may do this.',
  404: 'There is no such incident.',
  409: 'The engine refuses, and says why.',
  422: 'The body has mistakes.',
};

/** Says for OpenAPI what a route takes and gives, errors included. */
export function describe(route: Described, ...errors: (keyof typeof CODES)[]): ReturnType<typeof describeRoute> {
  const json = (schema: z.ZodType) => ({ 'application/json': { schema: resolver(schema) } });
  const parameters = (where: 'query' | 'header', names: Record<string, string> = {}) =>
    Object.entries(names).map(([name, description]) => ({
      in: where,
      name,
      description,
      schema: { type: 'string' as const },
    }));
  return describeRoute({
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.open ? { security: [] } : {}),
    parameters: [...parameters('query', route.query), ...parameters('header', route.header)],
    ...(route.takes === undefined ? {} : { requestBody: { required: true, content: json(route.takes) } }),
    responses: Object.fromEntries([
      ...Object.entries(route.gives).map(([status, { what, schema, media }]) => [
        status,
        {
          description: what,
          ...(schema === undefined ? {} : { content: json(schema) }),
          ...(media === undefined ? {} : { content: Object.fromEntries(media.map((type) => [type, {}])) }),
        },
      ]),
      ...errors.map((status) => [status, { description: CODES[status] as string, content: json(ErrorAnswer) }]),
    ]),
  });
}
