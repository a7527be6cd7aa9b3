import type { WebClient } from '@slack/web-api';
import type { Moment } from '../../../activities/seams.js';
import type { Records } from '../../../records/records.js';
import type { Log } from '../../log.js';
import type { Severity } from '../../settings/severity.js';

export interface PosterDoors {
  records: Records;
  web: WebClient;
  clock: { now(): number };
  log: Log;
  /** Under which links are kept: `slack/T0ACME`. */
  source: string;
  /** First word of everything: `SANDBOX`, or ''. */
  banner: string;
  /** Where cards stand; a severity may have a channel of its own, or `new-channel`: one for each incident. */
  channels: { default: string; severity: Partial<Record<Severity, string>> };
  /** `https://firebreak.acme.example`, for links. */
  publicUrl: string;
  tellRules: { audience: string; at: Moment[]; by: ('slack' | 'mail')[] }[];
  /** Names of the people of an audience, or of a role, for a credential of this owner; empty where nobody can say. */
  audience(audience: string, owner: string): Promise<string[]>;
}

export const NEW_CHANNEL = 'new-channel';
export const ON_CALL = 'security-on-call';
