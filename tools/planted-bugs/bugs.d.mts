export interface PlantedBug {
  name: string;
  /** One sentence: what becomes of whom. */
  why: string;
  file: string;
  /** Text found exactly once in the file, and what stands there instead. */
  edits: [find: string, replacement: string][];
  /** The test that must fail, by its full name, describes and title joined by ` > `. */
  test: { file: string; name: string };
}
export const BUGS: PlantedBug[];
