import type { Network, NetworkProblem } from './network.js';
import { NetworkError } from './network.js';
import type { NetworkNode } from './node.js';
import { operationOf } from './operations/operations.js';
import type { Parameter } from './parameter.js';
import { unknownName } from './registry.js';
import type { Shape } from './shape.js';
import { expectSize, Mismatch } from './shape-rules.js';

/** Shapes of all nodes' values (without the batch), and faults. */
export interface InferredShapes {
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Faults found; nodes downstream of a faulty one have no shape and are not reported. */
  readonly problems: readonly NetworkProblem[];
}

/** The shapes of a network while it is built: each is inferred once, when its node is added. */
export interface GrowingShapes extends InferredShapes {
  /** Adds a node; its inputs and parameters must have been added before. */
  add(node: NetworkNode): void;
}

/** Shapes of a network that has no nodes yet; parameters may be added later. */
export function growingShapes(parameters: ReadonlyMap<string, Parameter>): GrowingShapes {
  const shapes = new Map<string, Shape>();
  const problems: NetworkProblem[] = [];
  const add = (node: NetworkNode): void => {
    const inputs = node.inputs.flatMap((name) => {
      const shape = shapes.get(name);
      return shape === undefined ? [] : [shape];
    });
    if (inputs.length !== node.inputs.length) return;
    try {
      const shape = operationOf(node).shape(node, inputs, parameters);
      expectSize(shape, 'its value');
      shapes.set(node.name, shape);
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      problems.push({ subject: node.name, message: `(${node.op}) ${error.message}` });
    }
  };
  return { shapes, problems, add };
}

/** Infers every node's shape, collecting faults instead of throwing at the first one. */
export function tryInferShapes(network: Network): InferredShapes {
  const growing = growingShapes(network.parameters);
  for (const node of network.nodes) growing.add(node);
  return growing;
}

/**
 * The shape of every node's value, without the batch.
 *
 * @throws {NetworkError} naming every node whose inputs or parameters do not fit.
 */
export function inferShapes(network: Network): ReadonlyMap<string, Shape> {
  const { shapes, problems } = tryInferShapes(network);
  if (problems.length > 0) throw new NetworkError(problems);
  return shapes;
}

/**
 * The shape of one node's value, looked up in the result of {@link inferShapes}.
 *
 * @throws {NetworkError} if the node has no shape.
 */
export function shapeAt(shapes: ReadonlyMap<string, Shape>, name: string): Shape {
  const shape = shapes.get(name);
  if (shape === undefined) {
    throw new NetworkError([{ subject: name, message: unknownName('node', name, [...shapes.keys()]) }]);
  }
  return shape;
}
