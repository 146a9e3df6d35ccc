/** Whether neurons fire above their threshold only, as NIR's equations say, or at it as well, as this project's do. */
export type Fires = 'above' | 'at';

/** What happens to V after a spike: V ← v_reset, as NIR's equations say, or V ← V − (v_threshold − v_reset). */
export type Reset = 'hard' | 'soft';

/** What NIR leaves open, or other programs do otherwise. */
export interface ReadNirOptions {
  /** Default: what the file's metadata say, or else `above`. */
  readonly fires?: Fires;
  /** Default: what the file's metadata say, or else `hard`. */
  readonly reset?: Reset;
  /** Length of a time step in seconds, above 0; a network with LIF neurons needs it. */
  readonly dt?: number;
}

/** Said where a time step's length was given and nothing depends on it. */
export const noLeak = 'dt has no effect: none of the neurons leaks.';

/** What was made of a NIR file. */
export interface NirReport {
  /** Version of the library that wrote the file. */
  readonly version?: string;
  /** How many nodes there are of each NIR primitive. */
  readonly primitives: Readonly<Record<string, number>>;
  /** How each population of neurons was read, and by whose word: an option's, the file's metadata's, or NIR's equations'. */
  readonly neurons: readonly {
    readonly node: string;
    readonly fires: Fires;
    readonly reset: Reset;
    readonly by: { readonly fires: Word; readonly reset: Word };
  }[];
  /** Seconds of a time step, if it was used. */
  readonly dt?: number;
  /** What else was decided, in sentences. */
  readonly notes: readonly string[];
}

export type Word = 'option' | 'metadata' | 'NIR';
