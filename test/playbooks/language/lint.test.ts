import { describe, expect, it } from 'vitest';
import { readPage } from '../../../playbooks/language/page.js';
import { formatProblems } from '../../../playbooks/language/problem.js';
import { CATALOGUE } from './kinds-for-tests.js';

/** Problems of a page made of these phases; everything else about it is fine. */
function lint(phases: string, kind = 'aws-access-key'): string[] {
  const cases = 'cases:\n  - { name: a no, people: { disable: deny }, expect: { incident: held } }\n';
  const text = `playbook: ${kind}\nsummary: Freeze it.\n${phases}\n${cases}`;
  const problems = formatProblems(readPage(text, 'page', CATALOGUE).problems)
    .replaceAll('page:', '')
    .split('\n');
  // the case is about a step that not every page here has
  return problems.filter((problem) => problem !== '' && !/ W51 | has no step disable/.test(problem));
}

const CONTAIN = 'contain:\n  - do: disable\n  - prove: contained';
const RECOVER = 'recover:\n  - do: rotate\n  - prove: replacement_works';
const CLOSE = 'close:\n  - do: revoke\n  - prove: dead';
const page = (...phases: string[]) => phases.join('\n');

describe('lint', () => {
  it('has nothing to say of a page that contains, replaces, destroys and proves', () => {
    expect(lint(page(CONTAIN, RECOVER, CLOSE))).toEqual([]);
  });

  it('refuses to change the credential beside the phases (FB12)', () => {
    expect(lint(page('alongside:\n  - do: cut_sessions', CONTAIN, CLOSE))).toEqual([
      '4:5 FB12 cut_sessions changes the credential, so not alongside. Move it into a phase.',
    ]);
    expect(lint(page('alongside:\n  - { task: Turn it off., does: disable, id: stop }', CONTAIN, CLOSE))).toEqual([
      '4:7 FB12 disable changes the credential, so not alongside. Move it into a phase.',
    ]);
    expect(lint(page('alongside:\n  - { prove: contained, id: seen }', CONTAIN, CLOSE))).toEqual([
      '4:7 FB12 prove looks at what the phases did, so not alongside. Move it into a phase.',
    ]);
    expect(lint(page('alongside:\n  - together: [ { do: scan_logs } ]', CONTAIN, CLOSE))[0]).toContain('FB12 together');
  });

  it('refuses steps that wait for themselves (FB23)', () => {
    const late =
      'contain:\n  - { do: disable, when: { cut_sessions.state: done } }\n  - do: cut_sessions\n  - prove: contained';
    expect(lint(page(late, CLOSE))).toEqual([
      '4:7 FB23 disable waits for itself: disable > cut_sessions > disable. Name an earlier step.',
    ]);
    const self = 'contain:\n  - { do: disable, unless: { disable.state: failed } }\n  - prove: contained';
    expect(lint(page(self, CLOSE))[0]).toContain('FB23 disable waits for itself: disable > disable');
  });

  it('refuses to leave a credential alive because a fact is unknown (FB30)', () => {
    const skips = (condition: string) =>
      lint(page(`contain:\n  - { do: disable, ${condition} }\n  - prove: contained`, CLOSE));
    expect(skips('when: { exposure: public }')).toEqual([
      '4:7 FB30 disable contains, but is skipped while exposure is unknown. Add `unknown`, or use `unless`.',
    ]);
    expect(skips('unless: { criticality: [critical, unknown] }')[0]).toContain('FB30');
    expect(skips('when: { exposure: [public, unknown] }')).toEqual([]);
    expect(skips('unless: { exposure: internal }')).toEqual([]);
    const proof = 'close:\n  - { prove: dead, when: { criticality: critical } }';
    expect(lint(page(CONTAIN, proof))[0]).toContain('FB30 dead proves, but is skipped while criticality is unknown');
  });

  it('refuses it of what burns, of a hand and of a task that proves, too (FB30)', () => {
    const public_ = 'when: { exposure: public }';
    expect(lint(`contain:\n  - { do: revoke, ${public_} }\n  - prove: contained`, 'github-token')).toContain(
      '4:7 FB30 revoke contains, but is skipped while exposure is unknown. Add `unknown`, or use `unless`.',
    );
    const hand = `contain:\n  - { task: Turn it off., does: disable, ${public_} }\n  - prove: contained`;
    expect(lint(page(hand, CLOSE))[0]).toContain('FB30 disable contains, but is skipped while exposure is unknown');
    const seen = `contain:\n  - { task: Look., id: seen, done_when: contained, ${public_} }\n  - prove: contained`;
    expect(lint(page(seen, CLOSE))[0]).toContain('FB30 seen proves, but is skipped while exposure is unknown');
    const out = 'contain:\n  - { do: disable, unless: { exposure: unknown } }\n  - prove: contained';
    expect(lint(page(out, CLOSE))).toEqual([
      '4:7 FB30 disable contains, but is skipped while exposure is unknown. Take `unknown` out.',
    ]);
  });

  it('lets what is never unknown decide, and what neither contains nor proves be skipped', () => {
    for (const condition of [
      '{ secret: held }',
      '{ environment: production }',
      '{ credential.kind: aws-access-key }',
    ]) {
      const when = `contain:\n  - { do: disable, when: ${condition} }\n  - prove: contained`;
      expect(lint(page(when, CLOSE)).join()).not.toContain('FB30');
    }
    const cut = 'contain:\n  - { do: cut_sessions, when: { exposure: public } }\n  - prove: contained';
    expect(lint(page(cut, CLOSE))).toEqual([]);
    const told = 'contain:\n  - { task: Tell trading., id: tell, when: { exposure: public } }\n  - prove: contained';
    expect(lint(page(told, CLOSE))).toEqual([]);
  });

  it('takes a proof of death for one of containment, but no proof that stands beside something else (FB31)', () => {
    expect(lint(page('contain:\n  - do: disable\n  - prove: dead'))).toEqual([]);
    const beside = 'contain:\n  - together: [ { do: disable }, { prove: contained } ]';
    expect(lint(page(beside, CLOSE))[0]).toContain('FB31 contain ends without its proof');
    const replaced = 'contain:\n  - do: disable\n  - prove: replacement_works';
    expect(lint(page(replaced, CLOSE))[0]).toContain('FB31 contain ends without its proof');
  });

  it('wants a proof after the last of two replacements (FB31)', () => {
    const twice = 'recover:\n  - do: rotate\n  - prove: replacement_works\n  - { do: rotate, id: again }';
    expect(lint(page(CONTAIN, twice, 'close:\n  - prove: dead'))[0]).toContain(
      '9:7 FB31 recover ends without its proof',
    );
  });

  it('counts a replacement by hand that the engine sees as proven (FB33)', () => {
    const hand = 'recover:\n  - { task: Make a new one., does: rotate, done_when: replacement_works }';
    expect(lint(page(CONTAIN, hand, CLOSE))).toEqual([]);
    const unseen = 'recover:\n  - { task: Make a new one., does: rotate }';
    expect(lint(page(CONTAIN, unseen, CLOSE)).join()).toContain(
      'FB33 revoke must stand after the proof of replacement',
    );
  });

  it('wants the proof under the same conditions as the replacement, not under others (FB33)', () => {
    const other =
      'recover:\n  - { do: rotate, unless: { exposure: internal } }\n  - { prove: replacement_works, unless: { exposure: public } }';
    expect(lint(page(CONTAIN, other, CLOSE)).join()).toContain('FB33 revoke must stand after the proof of replacement');
  });

  it('lets contain and interrupt proceed, and replace and destroy keep office hours', () => {
    const proceed = (verb: string) => `  - { do: ${verb}, ask: "May we?", if_silent: proceed }`;
    const contain = `contain:\n${proceed('disable')}\n${proceed('cut_sessions')}\n  - prove: contained`;
    const office = (verb: string) => `  - { do: ${verb}, ask: "May we?", hours: office }`;
    const recover = `recover:\n${office('rotate')}\n  - prove: replacement_works`;
    expect(lint(page(contain, recover, `close:\n${office('revoke')}\n  - prove: dead`))).toEqual([]);
    const silent = `recover:\n${proceed('rotate')}\n  - prove: replacement_works`;
    expect(lint(page(CONTAIN, silent, CLOSE))).toEqual([
      '7:7 FB42 silence may not rotate, it breaks those who use the old one. `if_silent: hold`.',
    ]);
    const cut = 'contain:\n  - { do: cut_sessions, ask: "May we?", hours: office }\n  - prove: contained';
    expect(lint(page(cut, CLOSE))[0]).toContain('FB42 cut_sessions contains, that does not wait for the morning');
  });

  it('says how long a phase may wait for a task beside it that names no time (W60)', () => {
    const beside = 'alongside:\n  - { task: Look., id: look }';
    const after = 'recover:\n  - { do: notify, audience: owner, say: Hello., when: { look.state: done } }';
    expect(lint(page(beside, CONTAIN, after, CLOSE))).toEqual([
      '9:7 W60 notify waits for look in alongside, up to 15m. Fine if meant.',
    ]);
  });

  it('refuses a page that does not prove what it did (FB31)', () => {
    expect(lint(page('contain:\n  - do: disable', CLOSE))).toEqual([
      '4:5 FB31 contain ends without its proof. Add `prove: contained`.',
    ]);
    expect(lint(page('contain:\n  - prove: contained\n  - do: disable', CLOSE))[0]).toContain('5:5 FB31 contain ends');
    expect(lint(page(CONTAIN, 'recover:\n  - do: rotate', 'close:\n  - prove: dead'))).toEqual([
      '7:5 FB31 recover ends without its proof. Add `prove: replacement_works`.',
    ]);
    expect(
      lint(page(CONTAIN, 'recover:\n  - prove: replacement_works\n  - do: rotate', 'close:\n  - prove: dead'))[0],
    ).toContain('FB31 recover');
    expect(lint(CONTAIN)).toEqual(['1:1 FB31 death is never proven. Add `prove: dead`.']);
    expect(lint(CLOSE)[0]).toContain('FB31 contain ends without its proof');
  });

  it('takes a proof that may be skipped for no proof (FB31)', () => {
    const maybe = 'contain:\n  - do: disable\n  - { prove: contained, when: { disable.state: done } }';
    expect(lint(page(maybe, CLOSE))[0]).toContain('FB31 contain ends without its proof');
  });

  it('counts a task whose end the engine sees as a proof, but only where the engine can look', () => {
    const byHand = 'contain:\n  - { task: Delete it., does: revoke, done_when: dead }';
    expect(lint(byHand, 'exchange-key').join()).not.toContain('FB31');
    expect(lint(byHand, 'manual').join()).toContain('FB13 manual cannot look by itself, so no done_when');
  });

  it('refuses to destroy before the replacement is known to work (FB33)', () => {
    expect(
      lint(page('contain:\n  - do: disable\n  - do: revoke\n  - prove: contained', 'close:\n  - prove: dead')),
    ).toEqual(['5:5 FB33 revoke must stand after the proof of contained, in close. Move it.']);
    const early = 'close:\n  - do: revoke\n  - prove: replacement_works\n  - prove: dead';
    expect(lint(page(CONTAIN, 'recover:\n  - do: rotate', early))).toEqual([
      '9:5 FB33 revoke must stand after the proof of replacement_works, in close. Move it.',
    ]);
    const maybe = 'recover:\n  - do: rotate\n  - { prove: replacement_works, unless: { exposure: internal } }';
    expect(lint(page(CONTAIN, maybe, CLOSE))[0]).toContain(
      'FB33 revoke must stand after the proof of replacement_works',
    );
  });

  it('lets a proof be conditional as the replacement itself is', () => {
    const both =
      'recover:\n  - { do: rotate, unless: { exposure: internal } }\n  - { prove: replacement_works, unless: { exposure: internal } }';
    expect(lint(page(CONTAIN, both, CLOSE))).toEqual([]);
  });

  it('refuses to burn outside contain (FB33)', () => {
    const late = 'close:\n  - do: revoke\n  - { prove: dead, id: really_dead }';
    expect(lint(page('contain:\n  - prove: contained', late), 'github-token')[0]).toContain(
      'FB33 revoke is the only way to contain',
    );
  });

  it('refuses questions about what changes nothing (FB40)', () => {
    const asks = 'alongside:\n  - { do: scan_logs, ask: "May we look?" }';
    expect(lint(page(asks, CONTAIN, CLOSE))).toEqual(['4:7 FB40 scan_logs changes nothing. Drop the ask.']);
  });

  it('refuses silence as consent to what cannot be undone, and containment that waits for the morning (FB42)', () => {
    const silent = 'close:\n  - { do: revoke, ask: "Delete it?", if_silent: proceed }\n  - prove: dead';
    expect(lint(page(CONTAIN, silent))).toEqual([
      '7:7 FB42 silence may not revoke, it cannot be undone. `if_silent: hold`.',
    ]);
    const office = 'contain:\n  - { do: disable, ask: "Freeze it?", hours: office }\n  - prove: contained';
    expect(lint(page(office, CLOSE))).toEqual([
      '4:7 FB42 disable contains, that does not wait for the morning. Drop `hours`.',
    ]);
  });

  it('only warns where a phase waits for what runs beside it (W60)', () => {
    const waits = 'recover:\n  - { do: rotate, unless: { scan_logs.verdict: misuse } }\n  - prove: replacement_works';
    expect(lint(page('alongside:\n  - do: scan_logs', CONTAIN, waits, 'close:\n  - prove: dead'))).toEqual([
      '9:7 W60 rotate waits for scan_logs in alongside, up to 4h. Fine if meant.',
    ]);
    const asked = 'alongside:\n  - { task: Look., id: look, within: 1h, then: [ciso] }';
    const after = 'recover:\n  - { do: notify, audience: owner, say: Hello., when: { look.state: done } }';
    expect(lint(page(asked, CONTAIN, after, CLOSE))).toEqual([
      '9:7 W60 notify waits for look in alongside, up to 2h. Fine if meant.',
    ]);
  });

  it('only warns where no case says no (W51)', () => {
    const text = `playbook: aws-access-key\nsummary: It.\n${page(CONTAIN, CLOSE)}\ncases:\n  - { name: all goes well, expect: { incident: dead } }\n`;
    const { page: read, problems } = readPage(text, 'page', CATALOGUE);
    expect(formatProblems(problems)).toBe('page:10:5 W51 no case says no or stays silent. Add one.');
    expect(read).toBeDefined();
  });
});
