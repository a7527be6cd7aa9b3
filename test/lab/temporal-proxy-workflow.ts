/** The least that makes every kind of call; bundled for the worker of temporal-proxy.test.ts. */
import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

const { echo } = proxyActivities<{ echo(text: string): Promise<string> }>({
  startToCloseTimeout: '5s',
  retry: { initialInterval: '100ms', maximumInterval: '1s' },
});

/** Echoes its text by an activity, then ends with it; `waits` = not before the update `add` added something. */
export async function echoing(text: string, waits: boolean): Promise<string> {
  let added = '';
  setHandler(defineUpdate<number, [string]>('add'), (more) => {
    added += more;
    return added.length;
  });
  const answer = await echo(text);
  if (waits) await condition(() => added !== '');
  return answer + added;
}
