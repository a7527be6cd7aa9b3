import type { Credential } from '../playbooks/language/plan.js';
import { StepFailed } from './contract.js';

/** `user/break-glass-*`: `*` stands for any run of characters but nothing else is special. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (text.startsWith(part) ? 0 : -1) : text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return parts.length > 1 && parts.at(-1) === ''
    ? true
    : parts.length > 1
      ? text.endsWith(parts.at(-1) as string)
      : at === text.length;
}

/**
 * Refused at the effect, whatever a playbook says. A pattern is compared with the principal as a whole, with what
 * stands after its account (`user/ops/svc-payouts`), with that without its path (`user/svc-payouts`), with the name and
 * with the id. Upper and lower case are the same, as they are to AWS.
 */
export function refuseProtected(list: { pattern: string; where: string }[], credential: Credential): void {
  const holder = credential.principal.split(':').at(-1) as string;
  const [type, ...path] = holder.split('/');
  const names = [credential.principal, holder, `${type}/${path.at(-1)}`, credential.name, credential.id].map((name) =>
    name.toLowerCase(),
  );
  const hit = list.find(({ pattern }) => names.some((name) => name !== '' && matches(pattern.toLowerCase(), name)));
  if (hit !== undefined) {
    throw new StepFailed(
      'protected',
      `${credential.name} is protected (${hit.where}). I won't touch it; a person has to.`,
    );
  }
}
