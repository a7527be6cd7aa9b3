/** `{ key: value }`, or nothing at all where there is no value. */
export function given<K extends string, V>(key: K, value: V): { [key in K]?: Exclude<V, undefined | ''> } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { [key in K]?: Exclude<V, undefined | ''> };
}

/** Only what is there. */
export function present<K extends string, V>(values: { [key in K]?: V | undefined }): { [key in K]?: V } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [key in K]?: V };
}
