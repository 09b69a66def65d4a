/** Something wrong at one place of a scenario; `path` is in the keys of the file. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}
