/** JSON for a column; `undefined` and `null` are stored as NULL. */
export function toColumn(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}

/** What `toColumn` stored. */
export function fromColumn(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}

/** The row without what is undefined, so that an absent field is absent. */
export function present<T extends object>(row: T): T {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as T;
}
