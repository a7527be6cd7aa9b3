import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A provider that does nothing but keep values: `GET /<name>` answers one, `PUT /<name>` sets it. As cheap as a call over
 * the wire can be, so that what is measured is everything around the call.
 */
export interface StubProvider {
  url: string;
  /** Since it was started, by method. */
  calls: { GET: number; PUT: number };
  /** Resolves with the time (ms since epoch) of the first PUT of a name; of one that came already, at once. */
  firstWrite(name: string): Promise<number>;
  close(): Promise<void>;
}

export async function startStubProvider(): Promise<StubProvider> {
  const values = new Map<string, string>();
  const written = new Map<string, number>();
  const waiting = new Map<string, (at: number) => void>();
  const calls = { GET: 0, PUT: 0 };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const name = (request.url ?? '/').slice(1);
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk;
    });
    request.on('end', () => {
      if (request.method === 'PUT') {
        calls.PUT += 1;
        values.set(name, body);
        if (!written.has(name)) {
          written.set(name, Date.now());
          waiting.get(name)?.(Date.now());
        }
      } else {
        calls.GET += 1;
      }
      response.setHeader('content-type', 'text/plain');
      response.end(values.get(name) ?? 'on');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    firstWrite: (name) => {
      const at = written.get(name);
      return at === undefined ? new Promise((resolve) => waiting.set(name, resolve)) : Promise.resolve(at);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
