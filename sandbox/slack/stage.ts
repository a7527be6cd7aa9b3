import type { Delivered, Dispatch } from './dispatch.js';
import type { Call } from './method.js';
import type { ResponseUrls } from './response-urls.js';
import type { Views } from './views.js';
import type { Workspace } from './workspace.js';

/** How an act went: `outcome` of the app's answer, and what Slack told the person when there was none. */
export interface Did extends Pick<Delivered, 'outcome' | 'reason'> {
  notice?: string;
  /** Of what was posted by the act. */
  ts?: string;
}

/** What people act upon. */
export interface Stage {
  workspace: Workspace;
  views: Views;
  responses: ResponseUrls;
  dispatch: Dispatch;
  /** Commands that the app has registered. */
  commands: string[];
  /** Events that the app has subscribed to. */
  events: Set<string>;
  url: string;
  call(args: Record<string, unknown>): Call;
  notice(user: string, text: string): void;
}
