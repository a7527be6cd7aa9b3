/** `2026-11-24 03:11:05Z`: the same in every zone, and sorts. */
export const shortTime = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ').concat('Z');

/** `03:11:05Z` */
export const clockTime = (at: number): string => shortTime(at).slice(11);
