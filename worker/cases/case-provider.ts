/** What a case needs of the provider of its credential, twin or not. */
import type { Connector } from '../../activities/connectors/contract.js';
import type { ProviderFault } from '../../playbooks/language/cases.js';
import type { Step } from '../../playbooks/language/plan.js';
import type { HandVerb } from '../../playbooks/language/verbs.js';

/** One change that was really made at the provider by Firebreak. */
export interface ProviderWrite {
  at: number;
  /** In the provider's words: `UpdateAccessKey AKIA… Inactive`. */
  what: string;
  /** Id of the leaked credential that it is about; undefined = of a stranger's. */
  credential?: string;
  /** The verb that does it; undefined = nothing that a page could ask for. */
  verb?: string;
  /** `forth` does the verb, `back` takes it back, or switches off what it has made. */
  way: 'forth' | 'back';
}

export interface Leak {
  id: string;
  secret: string;
}

export interface CaseProvider {
  kind: string;
  /** Absent: people do it all. */
  connector?: Connector;
  /** What an alert reports; another one each time. */
  leak(): Promise<Leak>;
  credential(id: string): 'active' | 'restricted' | 'inactive' | 'gone';
  replacement(id: string): Promise<'works' | 'removed' | 'none'>;
  /** A person does what the verb would. */
  byHand(verb: HandVerb, id: string): Promise<void>;
  /** A person takes back what was done by hand. */
  backByHand(verb: HandVerb, id: string): Promise<void>;
  /** Makes the provider misbehave for the time of one attempt. False = it cannot; the case gives the failure itself. */
  misbehave(step: Step, fault: ProviderFault): boolean;
  behave(): void;
  /** Everything that Firebreak changed, in order; setting what is set already is no change. */
  writes(): ProviderWrite[];
  /** Where its logs are. */
  logs?: { folder: string };
  /** Values that must be found nowhere. */
  secrets(): string[];
  /** Calls held by the fault `slow`: resolves when there is one. */
  whenHeld?(): Promise<void>;
  release?(): void;
  /** The clock has moved. */
  tick(): void;
  close(): Promise<void>;
}
