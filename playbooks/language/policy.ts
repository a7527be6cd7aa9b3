/** What settings say about gates, people's roles and time; the binder's input besides the page. */

import type { Places } from './plan.js';
import type { EffectClass, Mode } from './words.js';

/** A question's keys as a row of policy or a page writes them; what is unwritten says nothing. */
export interface Gate {
  from?: Places;
  withinSeconds?: number;
  then?: string[][];
  ifSilent?: 'hold' | 'proceed';
  ifDenied?: 'hold' | 'skip';
  hours?: 'any' | 'office';
}

/** A row applies when its column matches: `any`, `critical`, `public`, `not_public`, or an environment's name. `now` = no gate. */
export type PolicyRow = 'now' | Gate;
export type Policy = Partial<Record<EffectClass, Record<string, PolicyRow>>>;

/** An environment of settings; the first whose match holds is the credential's. */
export interface Environment {
  name: string;
  mode: Mode;
  /** Names of credentials that are critical there. */
  critical: string[];
}

/** The office hours of a team; used by `hours: office`. `days` 1..7 = Monday..Sunday; minutes since local midnight. */
export interface Office {
  zone: string;
  days: number[];
  fromMinute: number;
  toMinute: number;
  /** Local dates, `2026-12-25`, on which nobody is in. */
  except: string[];
}
