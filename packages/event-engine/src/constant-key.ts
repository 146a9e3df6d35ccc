/**
 * The kind of a constant in the engine's memory. Each kind has details of a fixed form: for those marked `of a node` the node's name, then everything
 * else that the data depend on.
 */
type ConstantKind =
  | 'bit positions'
  /** Of a node; the number format. */
  | 'bias'
  /** The pitch. */
  | 'zeros'
  /** Of a node; the number format, and the first output of the bundle. */
  | 'spike weights'
  | 'spike tables'
  /** Of a node; the first output of the bundle. */
  | 'analog weights'
  /** Of a node; the pitch. */
  | 'step'
  /** Of a node. */
  | 'factor'
  | 'threshold'
  | 'start'
  | 'lower threshold'
  | 'shift'
  | 'leak'
  | 'growth'
  /** The number format, the layout and the numbers. */
  | 'gain'
  /** Runs end with the number format of their factors. Of a node; the index of its input, and that input's pitch. */
  | 'moved runs'
  | 'runs in order'
  /** Of a node. */
  | 'seen runs'
  /** The layouts. */
  | 'whole runs'
  | 'bias runs'
  /** Of a node; the index of its input. */
  | 'spike words'
  | 'negative spike words';

/** A kind with its details; a name from a network is always a separate detail. */
export type ConstantKey = readonly [kind: ConstantKind, ...details: readonly (string | number)[]];

/** The key as a unique string, whatever names it contains. */
export function keyText(key: ConstantKey): string {
  return JSON.stringify(key.map(String));
}
