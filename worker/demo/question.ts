import type { WaitingStatus } from '../../workflows/core/message.js';
import type { Stage } from './stage.js';

/** What is asked about INC-1 now; undefined once it is answered. Throws where Firebreak cannot say: that is no answer. */
export async function openQuestion(stage: Stage): Promise<WaitingStatus | undefined> {
  const { status, body } = await stage.api('sam', 'GET', '/incidents/INC-1');
  if (status !== 200) throw new Error(`Firebreak answers ${status} about INC-1`);
  if (body.live === null && body.closedAs === null) throw new Error(`Firebreak says of INC-1: ${body.liveError}`);
  return body.live?.waiting.find(({ kind }) => kind === 'question');
}

/** Why INC-1 does not go on, after a no. */
export async function whyHeld(stage: Stage): Promise<string | undefined> {
  return (await stage.api('sam', 'GET', '/incidents/INC-1')).body.live?.held.find((why) => why !== '');
}
