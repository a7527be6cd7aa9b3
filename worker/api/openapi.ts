import type { Hono } from 'hono';
import { generateSpecs, resolver } from 'hono-openapi';
import { CredentialLeaked } from '../intake/standard.js';
import type { ApiEnv } from './access.js';

/** The OpenAPI 3.1 document of the routes, the same bytes for the same code: docs/openapi.json is this. */
export async function openApiDocument(app: Hono<ApiEnv>): Promise<object> {
  const alert = await resolver(CredentialLeaked).toOpenAPISchema();
  const document = await generateSpecs(app, {
    documentation: {
      info: {
        title: 'Firebreak',
        version: '1',
        description:
          'Incident response for leaked credentials. Errors are { error: { code, message } }; times are ms since epoch, UTC.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'firebreak token <person> makes one' },
        },
        schemas: alert.components?.schemas ?? {},
      },
      security: [{ token: [] }],
    },
    defaultValidationErrorResponse: false,
  });
  return JSON.parse(JSON.stringify(document)) as object;
}
