import type { Context } from 'hono';
import type { z } from 'zod';
import { NotStrictJson, strictJson } from '../intake/strict-json.js';
import { ApiError } from './api-error.js';

const LIMIT_BYTES = 64 * 1024;

/** Reads and checks a JSON body. The answer names the wrong field and never its value: it may be a secret. */
export async function readBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  if (!/^application\/json(; ?charset=utf-8)?$/i.test(c.req.header('content-type') ?? '')) {
    throw new ApiError(415, 'content-type', 'The body must be application/json.');
  }
  const parsed = schema.safeParse(parse(await readBytes(c.req.raw)));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(
    ({ path, code }) => `${path.join('.') || 'body'} (${code.replaceAll('_', ' ')})`,
  );
  throw new ApiError(422, 'invalid', `The body has mistakes: ${[...new Set(where)].join(', ')}. See /openapi.json.`);
}

function parse(bytes: Uint8Array): unknown {
  try {
    return strictJson(bytes);
  } catch (error) {
    if (error instanceof NotStrictJson) throw new ApiError(400, 'invalid', `The body is ${error.message}.`);
    throw error;
  }
}

async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > LIMIT_BYTES) throw new ApiError(413, 'too-large', `The body is larger than ${LIMIT_BYTES / 1024} kB.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The caller's name for this request: the same key again gives the same answer and does nothing twice. */
export function idempotencyKey(c: Context): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,128}$/.test(key)) {
    throw new ApiError(422, 'invalid', 'Idempotency-Key is 1 to 128 printable characters.');
  }
  return key;
}
