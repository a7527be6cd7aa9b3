import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One call of the stub provider. Rejects for anything but 200. */
export function callProvider(base: string, method: 'GET' | 'PUT', name: string, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}/${name}`, { method, agent }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`the stub answered ${response.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
