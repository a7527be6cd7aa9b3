/** The least that answers as an incident's workflow does; bundled for the worker of temporal-port.test.ts. */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
} from '@temporalio/workflow';

interface Said {
  id: string;
  person: string;
}

export async function runPlaybook({ incident }: { incident: string }): Promise<void> {
  const said: string[] = [];
  let alerts = 1;
  let closed = false;
  setHandler(defineQuery('status'), () => ({ incident, alerts, said }));
  setHandler(defineSignal<[{ alerts: number }]>('alerts_joined'), (joined) => {
    alerts = joined.alerts;
  });
  setHandler(
    defineUpdate<void, [Said]>('hold'),
    ({ person }) => {
      said.push(person);
    },
    {
      validator: ({ person }) => {
        if (person === 'requester')
          throw ApplicationFailure.nonRetryable('You started it, so someone else has to decide.', 'self');
      },
    },
  );
  setHandler(defineUpdate('close'), () => {
    closed = true;
  });
  await condition(() => closed);
}
