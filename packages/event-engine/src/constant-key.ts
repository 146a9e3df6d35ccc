/**
 * What a constant in the engine's memory is of. Every kind has details of one form: of those said to be `of a node`, its name comes first,
 * and whatever else the data depend on follows.
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
  /** The number format, the layout, and the numbers themselves. */
  | 'gain'
  /** Runs end with the number format that their factors are in. Of a node; which of its inputs, and that one's pitch. */
  | 'moved runs'
  | 'runs in order'
  /** Of a node. */
  | 'seen runs'
  /** The layouts. */
  | 'whole runs'
  | 'bias runs'
  /** Of a node; which of its inputs. */
  | 'spike words'
  | 'negative spike words';

/** A kind with its details; names from a network are always a detail of their own. */
export type ConstantKey = readonly [kind: ConstantKind, ...details: readonly (string | number)[]];

/** The key as text that no other key has, whatever the names in it are. */
export function keyText(key: ConstantKey): string {
  return JSON.stringify(key.map(String));
}
