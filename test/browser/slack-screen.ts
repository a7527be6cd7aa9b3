import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';

const NAMES = { sam: 'Sam Keller', leo: 'Leo Brandt', mia: 'Mia Rossi', ana: 'Ana Duarte' } as const;
const CHANNEL = 'security-incidents';

/** Pictures of the README are made with FIREBREAK_PICTURES=1; else they are kept beside other temporary files. */
const KEPT = join(tmpdir(), 'firebreak-pictures');
const PICTURES =
  process.env.FIREBREAK_PICTURES === '1' ? join(import.meta.dirname, '..', '..', 'docs', 'pictures') : KEPT;
const SHOWN = ['card', 'question', 'modal', 'home'];

/** Slack in a browser, as one person at a time sees and presses it. */
export class SlackScreen {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  async open(url: string): Promise<void> {
    await this.page.goto(`${url}#sam/C0INCIDENTS`);
  }

  async become(person: keyof typeof NAMES): Promise<void> {
    const name = new RegExp(`^${NAMES[person]}`);
    await this.page.getByRole('button', { name }).first().click();
    await this.page.getByRole('button', { name, pressed: true }).waitFor();
  }

  async toChannel(): Promise<void> {
    await this.page.getByRole('button', { name: new RegExp(`^${CHANNEL}`) }).click();
    await this.page.getByRole('textbox', { name: `Message #${CHANNEL}` }).waitFor();
  }

  /** The app, at its Home tab or at the direct messages with it. */
  async toApp(tab: 'Home' | 'Messages'): Promise<void> {
    await this.page.getByRole('button', { name: /^Firebreak/ }).click();
    const wanted = this.page.getByRole('tab', { name: tab });
    await wanted.waitFor();
    if ((await wanted.getAttribute('aria-selected')) !== 'true') await wanted.click();
  }

  async type(text: string): Promise<void> {
    const box = this.page.getByRole('textbox', { name: `Message #${CHANNEL}` });
    await box.fill(text);
    await box.press('Enter');
  }

  /** Messages that say this, in the channel or in the direct messages of the app. */
  messages(words: string | RegExp): Locator {
    return this.page.locator('main').getByRole('article').filter({ hasText: words });
  }

  /** The newest that only this person sees and that says this. */
  whisper(words: string | RegExp): Locator {
    return this.messages('Only visible to you').filter({ hasText: words }).last();
  }

  dialog(title: string): Locator {
    return this.page.getByRole('dialog', { name: title });
  }

  /** Says yes in the window that asks again; what stands there. */
  async confirm(button: string): Promise<string> {
    const dialog = this.page.getByRole('alertdialog');
    const words = (await dialog.textContent()) ?? '';
    await dialog.getByRole('button', { name: button }).click();
    return words;
  }

  async picture(name: string, of: Locator): Promise<void> {
    const folder = SHOWN.includes(name) ? PICTURES : KEPT;
    mkdirSync(folder, { recursive: true });
    await this.page.mouse.move(0, 0);
    await this.page.evaluate("document.getElementById('toasts').replaceChildren()");
    const path = join(folder, `${name}.png`);
    const take = () => of.screenshot({ path, animations: 'disabled' });
    // a message that is updated just then is another element
    await take().catch(take).catch(take);
  }
}
