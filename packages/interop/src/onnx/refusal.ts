import { shortName, someOf } from '@rheobase/network';

/** An operator of a model that cannot be read, and why. */
export interface RefusedNode {
  /** The operator's name in the file; without one, the name of its first output. */
  readonly node: string;
  readonly operator: string;
  readonly reason: string;
}

/** What a model says of itself, whether or not it can be read. */
export interface OnnxInterface {
  readonly inputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly (number | string)[] }[];
  /** How many operators of each type it has. */
  readonly operators: Readonly<Record<string, number>>;
}

const mostListed = 40;

/** Thrown for a model with operators that have no counterpart in a network: all of them at once. The message lists the first 40. */
export class OnnxRefusal extends Error {
  override readonly name = 'OnnxRefusal';
  readonly source: string;
  readonly refused: readonly RefusedNode[];
  readonly model: OnnxInterface;

  constructor(source: string, refused: readonly RefusedNode[], model: OnnxInterface) {
    const { shown, left } = someOf(refused, mostListed);
    const lines = shown.map(
      ({ node, operator, reason }) => `operator '${shortName(node)}' (${shortName(operator)}): ${reason}`,
    );
    if (left > 0) lines.push(`… and ${left} more operators`);
    super(`${source}: ${lines.join('\n')}`);
    this.source = source;
    this.refused = refused;
    this.model = model;
  }
}

/** Why one operator cannot be read. */
export class Unreadable extends Error {}

/** The operator mixes the samples of a batch; the model can only be read with its batch as part of the sample. */
export class MixesBatch extends Unreadable {
  constructor() {
    super('it mixes the samples of a batch');
  }
}
