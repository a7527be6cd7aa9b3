/** Cases: a page's own tests (language.md section 5). Types alone; `read-cases.ts` reads them, the runner is elsewhere. */
import type { Facts } from './plan.js';
import type { Place } from './problem.js';
import { type ClosedAs, CONNECTOR_ERROR_CODES, type ConnectorErrorCode, type Grade } from './words.js';

/** What a step's provider does in a case: a connector's refusal, a key that lives on, an answer that is lost, slowness. */
export const PROVIDER_FAULTS = [...CONNECTOR_ERROR_CODES, 'alive', 'lost-answer', 'slow'] as const;
export type ProviderFault = ConnectorErrorCode | 'alive' | 'lost-answer' | 'slow';

/** `approve deny silent` to a question, `done silent claims` to a task (claims = says so and did not). */
export const PEOPLE_WORDS = ['approve', 'deny', 'silent', 'done', 'claims'] as const;
export type PeopleWord = (typeof PEOPLE_WORDS)[number];

/** What people do when asked: all the same, by tier (0 = those asked first), or by role. */
export type Answers =
  | { by: 'all'; word: PeopleWord }
  | { by: 'tier'; words: PeopleWord[] }
  | { by: 'role'; words: Record<string, PeopleWord> };

export const CASE_EVENTS = [
  'second_alert',
  'false_alarm',
  'wrong_key',
  'hold',
  'resume',
  'retry',
  'skip',
  'cancel',
  'close',
] as const;
export type CaseEvent = (typeof CASE_EVENTS)[number];

export interface CaseFacts {
  environment: string;
  criticality: Facts['criticality']['value'];
  exposure: Facts['exposure']['value'];
  secret: Facts['secret']['value'];
  /** `known`, `unknown`, or a team's name. */
  owner: string;
  /** `none` or a person. */
  subject: string;
}

/** Steps are named as on the page. */
export interface Case {
  name: string;
  at: Place;
  given: {
    /** Complete: what the case does not say has its default. */
    facts: CaseFacts;
    /** `scan_logs.verdict` -> word; lists by count. */
    results: Record<string, string | number>;
    /** Step -> what its provider does, every time it is asked. */
    provider: Record<string, ProviderFault>;
  };
  /**
   * Step -> answers; who is not named says yes or does it, after a minute. `approve` and `deny` answer the step's
   * question, `done` and `claims` its task, `silent` both; the key `revoke.ask` speaks of the question alone, and then
   * `revoke` of the task alone.
   */
  people: Record<string, Answers>;
  /** Step -> what happens right after it ended, in order. */
  after: Record<string, CaseEvent[]>;
  /** What is unsaid is not checked. */
  expect: {
    incident?: 'held' | ClosedAs;
    credential?: 'active' | 'restricted' | 'inactive' | 'gone';
    replacement?: 'works' | 'removed' | 'none';
    /** Exactly these steps were asked about, in any order. */
    asked?: string[];
    /** Among others, in this order. */
    done?: string[];
    skipped?: string[];
    failed?: string[];
    undone?: string[];
    /** Audiences. */
    told?: string[];
    containedWithinSeconds?: number;
    grade?: Record<string, Grade>;
    /** Incidents that were opened for what was found. */
    children?: number;
    /** Incidents about the credential itself. */
    incidents?: number;
  };
  /** When the alert arrives; Monday 10:00 unless said. `day` 1..7 = Monday..Sunday, `minute` since local midnight. */
  now: { day: number; minute: number };
}

export const MAX_CASES = 50;
