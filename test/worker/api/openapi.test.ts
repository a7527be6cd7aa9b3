import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startFirebreak } from './start-firebreak.js';

const FILE = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));

it('describes the routes as docs/openapi.json says', async () => {
  const { url } = await startFirebreak();
  const served = `${JSON.stringify(await (await fetch(`${url}/openapi.json`)).json(), null, 2)}\n`;
  if (process.env.WRITE_GENERATED === '1') await writeFile(FILE, served);
  expect(served, 'run WRITE_GENERATED=1 npx vitest run test/worker/api/openapi.test.ts').toBe(
    await readFile(FILE, 'utf8'),
  );
});

it('describes every route', async () => {
  const { url } = await startFirebreak();
  const { paths, components } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { responses: object }>>;
    components: { schemas: object };
  };
  expect(
    Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`)),
  ).toEqual([
    'post /hooks/github',
    'post /hooks/standard',
    'get /api/v1/incidents',
    'post /api/v1/incidents',
    'get /api/v1/incidents/{id}',
    'get /api/v1/incidents/{id}/report',
    'post /api/v1/incidents/{id}/decisions',
    'post /api/v1/incidents/{id}/controls',
    'get /api/v1/links',
    'post /api/v1/links',
    'get /api/v1/links/{code}',
    'post /api/v1/links/{person}/end',
    'get /link/{token}',
    'post /link/{token}',
    'get /healthz',
    'get /readyz',
    'get /metrics',
  ]);
  expect(Object.keys(components.schemas)).toEqual(
    expect.arrayContaining([
      'CredentialLeaked',
      'OpenIncident',
      'Incident',
      'IncidentList',
      'Decision',
      'Control',
      'Said',
      'Error',
    ]),
  );
});
