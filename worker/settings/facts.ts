/** What settings say about a credential once it is identified; each fact comes with the line that said so. */
import type { Credential, Fact, Facts } from '../../playbooks/language/plan.js';
import { matchesGlob } from './glob.js';
import type { EnvironmentRule, Settings } from './settings.js';

export interface Holder {
  /** `unknown` until identified. */
  account: string;
  /** What people call the credential's holder; empty or `unknown` if nobody knows. */
  name: string;
}

const known = (name: string): boolean => name !== '' && name !== 'unknown';

/** The first environment that matches, in the order of the file; else `default`. An unknown account or name matches nothing. */
export function environmentOf(settings: Settings, holder: Holder): { environment: EnvironmentRule; fact: Fact } {
  for (const environment of settings.environments) {
    const { awsAccounts, names } = environment.match;
    const account = !awsAccounts || awsAccounts.includes(holder.account);
    const name = !names || (known(holder.name) && names.some((pattern) => matchesGlob(pattern, holder.name)));
    if (!account || !name) continue;
    const by = [awsAccounts && 'aws_account', names && 'names'].filter((word) => word !== undefined).join(' and ');
    return { environment, fact: { value: environment.name, source: `${environment.where} ${by || 'default'}` } };
  }
  throw new Error('settings have no default environment'); // settingsOf always adds it
}

/** Critical where the environment lists the name; `unknown` while nobody knows the name, which gates as critical. */
export function criticalityOf(environment: EnvironmentRule, holder: Holder): Facts['criticality'] {
  const source = `${environment.where} critical`;
  if (!known(holder.name) && environment.critical.length > 0) return { value: 'unknown', source };
  const critical = environment.critical.some((pattern) => matchesGlob(pattern, holder.name));
  return { value: critical ? 'critical' : 'normal', source };
}

/** The first rule of `owners` that answers; `unknown` if none does. */
export function ownerOf(settings: Settings, holder: Holder & { tags: Record<string, string> }): Fact {
  for (const rule of settings.owners) {
    if (rule.by === 'aws_tag') {
      const value = Object.hasOwn(holder.tags, rule.tag) ? holder.tags[rule.tag]?.trim() : undefined;
      if (value) return { value, source: `${rule.where} aws_tag ${rule.tag}` };
    } else if (rule.by === 'csv') {
      const row = rule.rows.find(
        ({ account, name }) =>
          (account === '' || account === holder.account) && known(holder.name) && matchesGlob(name, holder.name),
      );
      if (row) return { value: row.owner, source: row.where };
    } else {
      return { value: rule.owner, source: `${rule.where} default` };
    }
  }
  return { value: 'unknown', source: settings.where('owners') };
}

/**
 * Where the replacement of a credential is kept. Values become one path segment each: what is not a letter, digit, or
 * one of `._@=+-` turns into `_`, so that no name of a provider's can leave its folder.
 */
export function secretPath(
  template: string,
  facts: { environment: string; owner: string; credential: Credential },
): string {
  const values: Record<string, string> = {
    environment: facts.environment,
    owner: facts.owner,
    'credential.kind': facts.credential.kind,
    'credential.id': facts.credential.id,
    'credential.account': facts.credential.account,
    'credential.name': facts.credential.name,
  };
  return template.replaceAll(/<([^<>]*)>/g, (_, name: string) => {
    const segment = (values[name] ?? '').replaceAll(/[^A-Za-z0-9._@=+-]/g, '_');
    return /^\.*$/.test(segment) ? 'unknown' : segment;
  });
}
