import { z } from 'zod';
import { REFUSAL_CODES } from '../../workflows/core/message.js';

/** Every code an answer can carry. Refusals are the engine's: someone else has to decide, or it is too late. */
export const API_ERROR_CODES = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'invalid',
  'content-type',
  'too-large',
  'secret-as-id',
  'kind-needed',
  'unknown-playbook',
  'which-question',
  'idempotency-conflict',
  'internal',
  'not-stored',
  'refused',
  ...REFUSAL_CODES.filter((code): code is Exclude<(typeof REFUSAL_CODES)[number], 'invalid'> => code !== 'invalid'),
] as const;
export type ApiErrorCode = (typeof API_ERROR_CODES)[number];

export const ErrorAnswer = z
  .object({
    error: z.object({
      code: z.enum(API_ERROR_CODES),
      message: z.string().describe('What was tried, on what, and what to do.'),
    }),
  })
  .meta({ id: 'Error' });

type Status = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 500 | 503;

/** Thrown by a route; becomes `{ error: { code, message } }`. */
export class ApiError extends Error {
  readonly status: Status;
  readonly code: ApiErrorCode;
  constructor(status: Status, code: ApiErrorCode, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** The body of an error's answer. */
export const errorBody = (code: ApiErrorCode, message: string): z.infer<typeof ErrorAnswer> => ({
  error: { code, message },
});
