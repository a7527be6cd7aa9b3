import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import type { Decision, IncidentRow } from '../../records/records.js';
import type { Said as Outcome } from '../dispatcher/decision-door.js';
import { answerText } from '../dispatcher/message-of.js';
import { holdsSecret } from '../intake/looks-secret.js';
import { type About, decisionId, SaidOtherwise, STORED, sayDecision } from '../say-decision.js';
import { type ApiEnv, type Caller, requireRole } from './access.js';
import { ApiError, errorBody } from './api-error.js';
import { idempotencyKey, readBody } from './body.js';
import { describe } from './describe.js';
import { findQuestion, findStep } from './find-question.js';
import { incidentOf } from './incidents.js';
import { GiveControl, GiveDecision, Said } from './schemas.js';
import type { ServerDoors } from './server.js';
import { liveStatus } from './views.js';

/** What the person said. */
interface Spoken {
  control: string;
  answer: string;
  step?: string | undefined;
  reason?: string | undefined;
}

const ANSWERS = {
  200: { what: 'It counted', schema: Said },
  202: { what: 'Stored; applied when Temporal is back', schema: Said },
};
const HEADER = { 'Idempotency-Key': 'the same key again does nothing twice and answers the same' };

/** `POST /incidents/:id/decisions` and `/controls`: written first, then told to the workflow, then settled. */
export function decisionRoutes(doors: ServerDoors): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();

  routes.post(
    '/incidents/:id/decisions',
    describe(
      { summary: 'Answer a question, or say that a task is done', takes: GiveDecision, header: HEADER, gives: ANSWERS },
      401,
      403,
      404,
      409,
      422,
    ),
    async (c) => {
      const { row, caller, roles } = await enter(c);
      const body = await readBody(c, GiveDecision);
      const said = { ...body, control: 'decide', answer: answerText(body.answer, body.minutes) };
      return speak(c, { row, caller, roles }, said, async () => {
        const { live } = await liveStatus(doors.temporal, row);
        const about = await findQuestion({ records: doors.records, incident: row, live }, body);
        return {
          step: about.step,
          generation: about.generation,
          planDigest: about.digest,
        };
      });
    },
  );

  routes.post(
    '/incidents/:id/controls',
    describe(
      {
        summary: 'Hold, resume, retry, skip, false alarm, note, take, cancel, close',
        takes: GiveControl,
        header: HEADER,
        gives: ANSWERS,
      },
      401,
      403,
      404,
      409,
      422,
    ),
    async (c) => {
      const { row, caller, roles } = await enter(c);
      const body = await readBody(c, GiveControl);
      const said = { ...body, answer: answerText(undefined, body.minutes) };
      return speak(c, { row, caller, roles }, said, async () => ({
        step: body.step === undefined ? '' : findStep(row, body.step),
        generation: 0,
        planDigest: row.planDigest ?? '',
      }));
    },
  );

  async function enter(c: Context<ApiEnv>) {
    const caller = c.get('caller');
    const row = await incidentOf(doors, c.req.param('id') ?? '');
    // Which role is needed the engine knows; somebody without any is a stranger here.
    return { row, caller, roles: await requireRole(caller, undefined, row.id) };
  }

  async function speak(
    c: Context<ApiEnv>,
    { row, caller, roles }: { row: IncidentRow; caller: Caller; roles: Decision['roles'] },
    said: Spoken,
    about: () => Promise<About>,
  ): Promise<Response> {
    if (said.reason !== undefined && holdsSecret(said.reason)) {
      throw new ApiError(422, 'invalid', 'The text looks like a secret. It was not stored.');
    }
    const key = idempotencyKey(c);
    // The same key of the same token is the same decision; nobody else can name it.
    const { salt, tokenId, person, channel } = caller;
    const id = key === undefined ? randomUUID() : decisionId(salt, tokenId, person, row.id, key);
    try {
      const { control, answer: word, reason } = said;
      const spoken = { id, incident: row.id, person, roles, channel, control, answer: word, reason, about };
      return answer(c, id, await sayDecision(doors, spoken));
    } catch (error) {
      if (!(error instanceof SaidOtherwise)) throw error;
      throw new ApiError(
        409,
        'idempotency-conflict',
        'This Idempotency-Key was used for something else. Nothing was done.',
      );
    }
  }
  return routes;
}

function answer(c: Context, decision: string, said: Outcome): Response {
  switch (said.outcome) {
    case 'counted':
      return c.json({ decision, outcome: 'counted', message: 'It counted.' }, 200);
    case 'stored':
      return c.json({ decision, outcome: 'stored', message: STORED }, 202);
    case 'refused':
      return c.json(errorBody(said.refusal.code, said.refusal.message), 409);
  }
}
