/** What a pending link is about: whoever confirms it must know the account again. */
export interface SaysToBe {
  /** Slack user id. */
  account: string;
  /** As Slack shows the account. */
  shown: string;
  /** Slack workspace id. */
  workspace: string;
  person: string;
}

/** The sentence that whoever confirms a code reads first: a code may come from somebody else's account. */
export const saysToBe = ({ account, shown, workspace, person }: SaysToBe): string =>
  `Slack account "${shown}" (${account}) of ${workspace} says that it is you, ${person}.`;
