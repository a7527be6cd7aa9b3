/** How ids of credentials look, by kind: what somebody types or pastes is known by its prefix. */

interface IdShape {
  kind: string;
  /** An id from its first to its last character. */
  whole: string;
  /** What an id begins with. */
  prefix: string;
}

const SHAPES: IdShape[] = [{ kind: 'aws-access-key', whole: 'A[KS]IA[A-Z2-7]{12,28}', prefix: 'A[KS]IA' }];

/** The kind of credential that an id belongs to, by its prefix; undefined when it does not say. */
export function kindOfId(id: string): string | undefined {
  return SHAPES.find(({ whole }) => new RegExp(`^${whole}$`).test(id))?.kind;
}

export interface NamedCredential {
  kind: string;
  id: string;
}

/** Ids that stand in a text, each once, in its order; in whatever case they were typed. */
export function idsIn(text: string): NamedCredential[] {
  const found = SHAPES.flatMap(({ kind, whole }) =>
    [...text.matchAll(new RegExp(`(?<![A-Za-z0-9])${whole}(?![A-Za-z0-9])`, 'gi'))].map((match) => ({
      at: match.index,
      kind,
      id: match[0].toUpperCase(),
    })),
  );
  const byId = new Map(found.sort((a, b) => a.at - b.at).map(({ kind, id }) => [id, { kind, id }]));
  return [...byId.values()];
}

/** An id that is not whole: half typed, mistyped, or as cards shorten it (`AKIA…QX7`). Both may be empty. */
export interface PartOfId {
  kind: string;
  head: string;
  tail: string;
}

/** The first word that begins like an id and is none. */
export function partOfId(text: string): PartOfId | undefined {
  for (const { kind, prefix, whole } of SHAPES) {
    const shape = new RegExp(`(?<![A-Za-z0-9])(${prefix}[A-Za-z0-9]*)(?:(?:…|\\.{2,3}|\\*+)([A-Za-z0-9]*))?`, 'gi');
    for (const [, head = '', tail = ''] of text.matchAll(shape)) {
      if (tail === '' && new RegExp(`^${whole}$`, 'i').test(head)) continue;
      return { kind, head: head.toUpperCase().slice(0, 130), tail: tail.toUpperCase().slice(0, 130) };
    }
  }
  return undefined;
}
