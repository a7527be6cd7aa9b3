/**
 * How a cell of the lab is written.
 *
 * A **cell** is an effect x a point x a fault: `disable`, applied and not answered, the worker is killed. Cells that one
 * fault can check together make a **batch**: one site (twins, Firebreak, its Temporal server), one incident for each cell.
 *
 * 1. `Effect.approach` says up to where people's answers bring an incident: the question before its effect is not
 *    answered (`gate`), everything else is.
 * 2. All stand at their gates. `Batch.arm` sets the trap of each cell, `Effect.go` gives the missing answer, and
 *    `Batch.stands` says that the incident stands at its point: its request is held by a twin, a call is held by a proxy.
 * 3. All stand at their points. `Batch.strike` lets it happen, once, and brings back whatever must run. (Effects that take
 *    seconds to come to their point make a first wave, with a strike of their own; the others stay at their gates.)
 * 4. The crowd answers every question until each incident has ended or waits for somebody. Firebreak is stopped, and the
 *    auditor judges each incident by the twins and the records alone. `Batch.judge` may find more.
 *
 * A batch is a value in `batches/`; `lab.ts` runs them all, `lab.test.ts` a few.
 */
import type { Leaked } from '../../sandbox/start-sandbox.js';
import type { Site } from '../system/site.js';
import type { Case } from './auditor.js';
import type { Crowd } from './crowd.js';
import type { Recovery } from './recovery.js';

export type TwinName = 'aws' | 'github' | 'mail' | 'vault';

/** What a class promises; `read` promises that nothing is lost. */
export type ClassPromise = 'contain' | 'interrupt' | 'replace' | 'store' | 'destroy' | 'undo' | 'tell' | 'read';

/** Something that Firebreak does in the outside world, and how an incident gets there. */
export interface Effect {
  /** As the table names it: `disable`. */
  name: string;
  promise: ClassPromise;
  /** Where its request goes; absent for what sends none (a log scan). */
  at?: {
    twin: TwinName;
    method: string;
    /** Words of which its request names one, and others of this method none. Default: `subject.names()`. */
    about?(subject: Subject, bench: Bench): string[] | Promise<string[]>;
  };
  /** Name of the step whose question is not answered before `go`; absent: the incident is opened by `go`. */
  gate?: string;
  /** The alert comes from GitHub (so that there is one to resolve) and not from monitoring. */
  fromGithub?: true;
  /** Gives the answer that was missing. Default: the people say yes at the gate; opens the incident where there is no gate. */
  go?(bench: Bench, subject: Subject): Promise<void>;
  /** About how long from `go` to its point, seconds; the slow ones go first, those above 3 s in a wave of their own. 0 unless told. */
  lead?: number;
}

/** The incident of one cell. */
export interface Subject {
  cell: Cell;
  /** Unique in its batch: name of the IAM user, of its repository, in the secret's path. */
  user: string;
  key: { id: string; secret: string };
  leaked?: Leaked;
  /** `INC-4`; empty until it is opened. */
  incident: string;
  /** What tells its requests from others: user, key, incident number. */
  names(): string[];
  /** Set by `arm` of `traps.ts`: where its request is met, and by which words. */
  trap?: { twin: TwinName; about: string[] };
  /** ms since epoch; set when it stood at its point. */
  stoodAt?: number;
}

export interface Cell {
  effect: Effect;
  /** `before` it is applied, `late` (it arrives after the death), `after` it was applied and before the answer, or a point of yours. */
  point: string;
}

/** A running site and what is done to it. */
export interface Bench {
  site: Site;
  crowd: Crowd;
  recovery: Recovery;
  subjects: Subject[];
  say(line: string): void;
}

/** Cells that one fault checks together. */
export interface Batch {
  /** As the table names the fault: `worker killed`. */
  name: string;
  cells: Cell[];
  /** Opens and starts the site; default `openLabSite()`. Whoever opens it gives what else must be closed to `Site.close`. */
  open?(): Promise<Site>;
  /** Sets the trap of one cell, just before `go`. */
  arm(bench: Bench, subject: Subject): Promise<void>;
  /** Whether it stands at its point. Asked again and again; default: always. */
  stands?(bench: Bench, subject: Subject): Promise<boolean>;
  /**
   * Lets it happen and brings back what must run; called once for each wave, with those that stand. Default: nothing, the
   * trap was the fault.
   */
  strike?(bench: Bench, wave: Subject[]): Promise<void>;
  /**
   * How long a cell may stand, seconds: then the strike comes for those that stand, and another for the others. Default: one
   * strike, when all stand.
   */
  mayStand?(subject: Subject): number;
  /** What the auditor cannot know; a sentence for each finding. Called when Firebreak has stopped. */
  judge?(bench: Bench, subject: Subject, found: Case): string[];
  /** Why the cell has shown nothing, though all that was seen holds; empty = it has. */
  missed?(bench: Bench, subject: Subject): string[];
  /** How long from the strike to the end of all, seconds; 180 unless told. */
  patience?: number;
}

export interface CellResult {
  batch: string;
  effect: string;
  point: string;
  incident: string;
  /** `dead`, `false_alarm`, … or who is waited for. */
  ended: string;
  /** What does not hold; empty = the cell holds. */
  findings: string[];
  /** Why it has shown nothing: it never stood where it should. Run again; what is missed every time has not been shown. */
  missed: string[];
  /** What came too late. `npm run lab` counts it as broken; a test that runs beside others does not. */
  late: string[];
  /** Extra copies of messages, which `tell` allows. */
  duplicates: number;
}

export interface BatchResult {
  batch: string;
  cells: CellResult[];
  /** ms from a death to the next request for an incident, by what died. */
  recovered: Record<string, number[]>;
  seconds: number;
}
