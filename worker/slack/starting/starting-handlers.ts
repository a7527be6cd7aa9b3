/** Everything about starting in Slack, by kind and name: what is typed, the modal, the shortcuts, the buttons of an offer. */
import { oneLine } from '../../../activities/alert.js';
import type { Secret } from '../../../activities/secrets/secret.js';
import type { Answer, Handle, Handler, Interaction } from '../contract.js';
import { button } from '../mrkdwn.js';
import { helpMessage } from './help-message.js';
import { incidentHere, listedFor, shownOf } from './incidents-shown.js';
import { type Asked, createLooking, urlsOf } from './looking.js';
import { refuse, whoIs } from './may-start.js';
import { message } from './message.js';
import { labelOf } from './offer-message.js';
import { keepWaiting, type Offering, pressedOffer, secretOf, waitingSecrets } from './offers.js';
import type { StartDoors } from './start-doors.js';
import { startIncident } from './start-incident.js';
import { listMessage, meantMessage, notFound, nothingFound, statusMessage } from './status-message.js';
import { readTyped, saysSomething, type Typed, type Verb } from './typed.js';
import { BOX, whatLeaked, whatLeakedMessage } from './what-leaked.js';

/** What is sealed as one of these belongs to a key of AWS; another secret in the same text does not. */
const SECRET_OF: Record<string, string> = { 'aws-access-key': 'an AWS secret access key' };
/** A secret waits so long in this process for the id that is typed next; its button waits an hour. */
const WAITS_MS = 15 * 60_000;
const SECRET_GONE =
  'I kept the secret that came with it for an hour, and it is gone. Send it again with the id for the proof.';

export function startingHandlers(doors: StartDoors): Record<string, Handler> {
  const { banner, clock, records } = doors;
  const looking = createLooking(doors);
  /** The secrets that somebody pasted without an id, by who did. */
  const waiting = new Map<string, { handle: string; at: number }>();

  /** What was typed as a command or to our name. */
  const typed =
    (verb: Verb | ''): Handler =>
    async (said, answer, key) => {
      const read = readTyped(said.text);
      const meant = verb === '' ? read.verb : verb;
      if (read.credentials.length > 0) return leaked(said, answer, key, read);
      if (meant === 'help') return help(answer);
      if (meant === 'list') return list(said, answer, read);
      if (meant === 'status' || (read.incident !== undefined && read.meant === undefined))
        return status(said, answer, read);
      if (read.meant !== undefined) {
        await answer.tell(meantMessage(banner, read.meant.typed, read.meant.verb));
        return `meant: ${read.meant.verb}`;
      }
      return leaked(said, answer, key, read);
    };

  async function leaked(said: Interaction, answer: Answer, key: string, read: Typed): Promise<string> {
    const held = await secretsWith(said);
    const asked: Asked = { said, answer, key, how: 'tell', notice: [] };
    if (read.credentials.length === 0 && read.part === undefined) {
      if (held.length > 0) return secretAlone(said, answer, key, held);
      return read.empty ? askWhatLeaked(said, answer) : nothing(answer);
    }
    const offerings = read.credentials.map((named): Offering => {
      const at = read.secretOf[named.id] ?? (read.credentials.length === 1 && held.length === 1 ? 0 : undefined);
      const box = at === undefined ? undefined : held[at];
      const belongs = box !== undefined && (SECRET_OF[named.kind] ?? box.what) === box.what;
      return { named, ...aboutOf(said, read), secret: belongs ? open(box) : undefined };
    });
    const [first] = offerings;
    asked.notice = noticeOf(said, held, offerings);
    if (first === undefined) return looking.part(asked, read.part!, aboutOf(said, read));
    return offerings.length === 1 ? looking.one(asked, first) : looking.several(asked, offerings);
  }

  /** Those that came with it; else those that wait for this id. */
  async function secretsWith(said: Interaction): Promise<Interaction['sealed']> {
    if (said.sealed.length > 0) return said.sealed;
    const there = waiting.get(said.user);
    const recent = there !== undefined && clock.now() - there.at < WAITS_MS ? there.handle : undefined;
    const handle = said.kind === 'view' ? (said.handle ?? recent) : recent;
    waiting.delete(said.user);
    return handle === undefined ? [] : waitingSecrets(doors, handle, said.user);
  }

  const open = ({ box, context }: Interaction['sealed'][number]): Secret => doors.sealer.open(box, context);

  function aboutOf(said: Interaction, { url }: Typed): Omit<Offering, 'named'> {
    const from =
      said.kind === 'shortcut' && said.channel !== undefined && said.message !== undefined
        ? doors.addressOf(said.channel, said.message)
        : undefined;
    return { url: url ?? from, summary: saysSomething(said.text) ? oneLine(said.text, 300) : undefined };
  }

  async function secretAlone(
    said: Interaction,
    answer: Answer,
    key: string,
    sealed: Interaction['sealed'],
  ): Promise<string> {
    const handle = await keepWaiting(doors, key, said.user, sealed);
    waiting.set(said.user, { handle, at: clock.now() });
    await answer.tell(
      message(
        banner,
        [`${secretSaid(said, sealed)} To go on I need its id: what begins with AKIA, beside the secret.`],
        [button('start', 'Give its id', { value: handle, style: 'primary' })],
      ),
    );
    return 'secret without an id';
  }

  async function askWhatLeaked(said: Interaction, answer: Answer): Promise<string> {
    const { handle, channel } = said;
    const view = whatLeaked({ ...(handle === undefined ? {} : { handle }), channel });
    if (said.trigger !== undefined && (await answer.open(view))) return 'asked what leaked';
    const lines = said.kind === 'mention' ? ['Here I take `@firebreak AKIA…`, status, list and help.'] : [];
    await answer.tell(whatLeakedMessage(banner, ...lines));
    return 'asked what leaked';
  }

  async function nothing(answer: Answer): Promise<string> {
    await answer.tell(nothingFound(banner));
    return 'nothing found';
  }

  async function help(answer: Answer): Promise<string> {
    await answer.tell(helpMessage(banner));
    return 'help';
  }

  async function list(said: Interaction, answer: Answer, { incident }: Typed): Promise<string> {
    const who = await whoIs(doors, said.user);
    if ('refused' in who) return refuse(answer, who);
    const before = incident === undefined ? undefined : Number(incident.replace('INC-', ''));
    await answer.tell(listMessage(banner, await listedFor(doors, who.person, before)));
    return 'list';
  }

  async function status(said: Interaction, answer: Answer, read: Typed): Promise<string> {
    const who = await whoIs(doors, said.user);
    if ('refused' in who) return refuse(answer, who);
    const incident = read.incident ?? (await incidentHere(records, said));
    if (incident === undefined) return list(said, answer, read);
    const shown = await shownOf(doors, incident);
    await answer.tell(shown === undefined ? notFound(banner, incident) : statusMessage(shown, urlsOf(doors, incident)));
    return `status ${incident}`;
  }

  const pressed =
    (act: (asked: Asked, offering: Offering) => Promise<string>): Handler =>
    async (said, answer, key) => {
      const found = await pressedOffer(doors, said);
      // one that is too old may be looked at again
      if ('refused' in found && (found.refused !== 'expired' || said.name !== 'look_again'))
        return refuse(answer, found);
      const kept = 'offer' in found ? found.offer : ((await records.handles.get(said.handle!))?.body as Handle);
      if (kept.of !== 'offer') return 'no-offer';
      const { url, summary, credential: named } = kept;
      const secret = await secretOf(doors, said.handle!, kept);
      const notice = kept.secret === true && secret === undefined ? [SECRET_GONE] : [];
      return act({ said, answer, key, how: 'replace', notice }, { named, url, summary, secret });
    };

  const endOffer = (outcome: string, line: (label: string) => string): Handler =>
    pressed(async ({ answer }, { named }) => {
      await answer.replace(message(banner, [line(labelOf(named))]));
      return outcome;
    });

  const lookAgain = pressed((asked, offering) => looking.one(asked, offering));

  return {
    'command ': typed(''),
    'command status': typed('status'),
    'command list': typed('list'),
    'command help': typed('help'),
    'mention ': typed(''),
    'mention status': typed('status'),
    'mention list': typed('list'),
    'mention help': typed('help'),
    'shortcut respond': askWhatLeaked,
    'shortcut respond_to_message': (said, answer, key) => leaked(said, answer, key, readTyped(said.text)),
    'view what_leaked': (said, answer, key) => {
      const text = said.fields[BOX] ?? said.text;
      return leaked({ ...said, text }, answer, key, readTyped(text));
    },
    'action start': askWhatLeaked,
    'action freeze_now': (said, answer) => startIncident(doors, 'freeze', said, answer),
    'action look_only': (said, answer) => startIncident(doors, 'look', said, answer),
    'action take_closest': lookAgain,
    'action look_again': lookAgain,
    'action leave_it': endOffer(
      'left',
      (label) => `Nothing was started about ${label}. If it leaked, it works for whoever has it.`,
    ),
    'action not_ours': endOffer('not ours', (label) => `${label} is not ours, so nothing was started.`),
  };
}

/** First lines of an answer to a text in which a secret stood, in the words of texts.md. */
function noticeOf(said: Interaction, held: Interaction['sealed'], offerings: Offering[]): string[] {
  if (held.length === 0) return [];
  if (said.sealed.length === 0) return ['The secret that you pasted before is sealed with it for the proof.'];
  const sealedWith = offerings.filter(({ secret }) => secret !== undefined);
  if (sealedWith.length === 0) {
    return [
      `That holds ${held.map(({ what }) => what).join(' and ')} itself. I won't show it, and whose it is I can't tell, so no proof uses it. Slack has seen it: treat it as leaked (it is).`,
    ];
  }
  const on = offerings.length === 1 ? ` Going on with ${labelOf(offerings[0]!.named)}.` : '';
  return [`${secretSaid(said, held)}${on}`];
}

function secretSaid({ kind }: Interaction, sealed: Interaction['sealed']): string {
  const it =
    kind === 'shortcut'
      ? 'That message holds the secret itself.'
      : `That is ${sealed.length === 1 ? 'the secret' : 'a secret'} itself.`;
  return `${it} I sealed it for the proof and won't show it. Slack has seen it: treat it as leaked (it is).`;
}
