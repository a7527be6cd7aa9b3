import { tell } from './act.js';
import { bannerOf } from './banner.js';
import { Later, StepFailed } from './contract.js';
import { mailChange, messageIdOf } from './notify/mailer.js';
import type { Person, Seams } from './seams.js';

export interface MailCall {
  incident: string;
  digest: string;
  step: string;
  generation: number;
}

type Mail = Omit<Parameters<typeof sendMail>[2], 'person'>;

/**
 * Mails each of them, once: a mailbox that takes no mail keeps nobody else from being told. Throws afterwards, Later
 * where one may be told yet, else StepFailed with what was wrong with each.
 */
export async function mailEach(seams: Seams, call: MailCall, people: Person[], mail: Mail): Promise<void> {
  const problems: StepFailed[] = [];
  let later: Later | undefined;
  for (const person of people) {
    try {
      await sendMail(seams, call, { ...mail, person });
    } catch (error) {
      if (error instanceof StepFailed) problems.push(error);
      else if (error instanceof Later) later = later === undefined || error.until < later.until ? error : later;
      else throw error;
    }
  }
  if (later !== undefined) throw later;
  const [first] = problems;
  if (first === undefined) return;
  const reasons = [...new Set(problems.map(({ message }) => message))].join('; ');
  const told = people.length - problems.length;
  throw new StepFailed(first.code, told === 0 ? reasons : `${reasons} (${told} of ${people.length} were told)`);
}

/**
 * Mails one person, once. Throws StepFailed('invalid') where settings name no mail server, and what `applyEffect` throws.
 */
export async function sendMail(
  seams: Seams,
  call: MailCall,
  mail: {
    verb: string;
    person: Person;
    subject: string;
    lines: string[];
    /** Tells mails of one step and person apart. */
    part?: string;
  },
): Promise<void> {
  const { mailer, from } = seams;
  if (mailer === undefined || from === undefined) {
    throw new StepFailed(
      'invalid',
      'firebreak.yaml names no mail server, so nobody was mailed; add mail.smtp and mail.from',
    );
  }
  const banner = bannerOf(seams.banner, await seams.records.incidents.get(call.incident));
  const first = banner === '' ? mail.subject : `${banner} ${mail.subject}`;
  const words = [call.incident, call.step, mail.verb, mail.part ?? '', mail.person.name, call.generation];
  const change = mailChange(mailer, {
    messageId: messageIdOf(words, from),
    to: [mail.person.mail],
    subject: first,
    text: [banner, ...mail.lines].filter((line, index) => index > 0 || line !== '').join('\n'),
    marker: words.join('/'),
  });
  const outcome = await tell(seams, { ...call, verb: mail.verb, change });
  if (outcome.state !== 'done') throw new StepFailed('unknown-outcome', outcome.line);
}
