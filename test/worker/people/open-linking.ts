/** Linking with a mailbox and a chat in memory. */
import type { Mail } from '../../../activities/notify/mailer.js';
import { Secret } from '../../../activities/secrets/secret.js';
import { createLinking, type Linking, type LinkingDoors } from '../../../worker/people/linking.js';
import { Reference } from '../../../worker/settings/reference.js';
import type { Settings } from '../../../worker/settings/settings.js';

export interface Post {
  mails: Mail[];
  told: { account: string; text: string }[];
}

const key = new Reference('given', { env: {}, folder: '/' }, () => new Secret(Buffer.alloc(32, 7).toString('base64')));
const person = (name: string) => ({ name, mail: `${name}@acme.example`, teams: [], knownAs: [] });

/** Sam, leo and mia of the workspace T0ACME. */
export const COMPANY: LinkingDoors['settings'] = {
  company: 'Acme',
  people: ['sam', 'leo', 'mia'].map(person),
  slack: { workspace: 'T0ACME' } as Settings['slack'] & object,
  encryptionKeys: [{ id: 'one', from: key }],
};

export function openLinking(
  doors: Pick<LinkingDoors, 'records' | 'clock' | 'log'> & Partial<LinkingDoors>,
  { mails, told }: Post,
): Linking {
  return createLinking({
    settings: COMPANY,
    banner: '',
    publicUrl: 'https://firebreak.acme.example',
    from: 'firebreak@acme.example',
    mailer: {
      title: 'mail',
      send: async (mail) => {
        mails.push(mail);
        return { kind: 'applied', evidence: {} };
      },
      close() {},
    },
    tellAccount: async (account, text) => void told.push({ account, text }),
    ...doors,
  });
}

/** What stands behind `/link/` in a mail. */
export const tokenIn = (mail: Mail | undefined): string => /\/link\/(\S+)/.exec(mail?.text ?? '')?.[1] ?? '';
