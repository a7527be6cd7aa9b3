import { webApi } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { Log } from '../log.js';
import type { Answer, Message } from './contract.js';
import { patiently, reasonOf } from './patiently.js';
import { writeDirectly } from './web.js';

/** Who is answered, and where they are. */
export interface Place {
  user: string;
  channel?: string;
  thread?: string;
  /** Only that person sees the message with the pressed button. */
  ephemeral?: boolean;
  /** The response_url itself. */
  respond?: string;
  trigger?: string;
  /** ms since epoch, when they did it. */
  at: number;
}

export interface AnswerDoors {
  web: WebClient;
  /** Of the Web API. Where that is not Slack itself, response_urls are on the same host. */
  apiUrl: string;
  clock: { now(): number };
  log: Log;
}

/** Slack's own. */
const TRIGGER_MS = 3_000;
const RESPOND_MS = 30 * 60_000;
const TIMEOUT_MS = 5_000;

/**
 * Answers one person: by the response_url that came with what they did; else in the channel, where only they see it; else
 * in their direct messages. What none of them takes is logged by its kind, never by its words.
 */
export function createAnswers({ web, apiUrl, clock, log }: AnswerDoors): (place: Place) => Answer {
  async function byUrl(place: Place, message: Message, replace: boolean): Promise<boolean> {
    const { respond } = place;
    if (respond === undefined || clock.now() - place.at > RESPOND_MS || !isSlack(respond, apiUrl)) return false;
    const body = JSON.stringify({ ...message, response_type: 'ephemeral', replace_original: replace });
    const answered = await patiently(async () => {
      const response = await fetch(respond, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (response.status === 429) {
        throw new webApi.WebAPIRateLimitedError(Number(response.headers.get('retry-after') ?? 1));
      }
      if (!response.ok) throw new Error(`response_url: ${response.status}`);
    });
    return answered === undefined;
  }

  async function inChannel({ user, channel, thread }: Place, message: Message): Promise<boolean> {
    if (channel === undefined || channel.startsWith('D')) return false;
    const inThread = thread === undefined ? {} : { thread_ts: thread };
    const failed = await patiently(() => web.chat.postEphemeral({ channel, user, ...inThread, ...message }));
    return failed === undefined;
  }

  async function say(place: Place, message: Message, replace: boolean): Promise<void> {
    if (await byUrl(place, message, replace)) return;
    if (await inChannel(place, message)) return;
    const reason = await patiently(() => writeDirectly(web, place.user, message));
    if (reason !== undefined) log.warn({ user: place.user, reason }, 'a person could not be answered in Slack');
  }

  return (place) => ({
    tell: (message) => say(place, message, false),
    replace: (message) => say(place, message, place.ephemeral === true),
    async open(view) {
      const { trigger, at } = place;
      if (trigger === undefined || clock.now() - at > TRIGGER_MS) return false;
      try {
        await web.views.open({ trigger_id: trigger, view });
        return true;
      } catch (error) {
        log.warn(
          { view: view.type === 'modal' ? view.callback_id : view.type, reason: reasonOf(error) },
          'a modal did not open',
        );
        return false;
      }
    },
  });
}

/** Signed by Slack or not: whoever names an address must not make us call it. */
function isSlack(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { host, protocol } = new URL(url);
  const api = new URL(apiUrl).host;
  return isSlackHost(api) ? isSlackHost(host) && protocol === 'https:' : host === api;
}

const isSlackHost = (host: string): boolean => host === 'slack.com' || host.endsWith('.slack.com');
