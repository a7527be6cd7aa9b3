import type { Request } from '../twin/serve.js';
import { SlackError, wrong } from './method.js';

/** JSON, or a form whose structured values are JSON. */
export function argumentsOf(request: Request): Record<string, unknown> {
  const text = request.body.toString('utf8');
  if (text === '') return {};
  if (request.header('content-type')?.startsWith('application/json')) {
    try {
      const value: unknown = JSON.parse(text);
      if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
    } catch {}
    throw new SlackError('invalid_json');
  }
  return Object.fromEntries([...new URLSearchParams(text)].map(([name, value]) => [name, structured(name, value)]));
}

const STRUCTURED = ['blocks', 'attachments', 'metadata', 'view', 'files'];

function structured(name: string, value: string): unknown {
  if (!STRUCTURED.includes(name)) return value;
  try {
    return JSON.parse(value);
  } catch {
    throw name === 'blocks' ? new SlackError('invalid_blocks_format') : wrong('invalid_arguments', [`[ERROR] ${name}`]);
  }
}
