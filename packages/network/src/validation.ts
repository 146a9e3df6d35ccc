import { analogHead } from './analog-head.js';
import { firstNotFinite } from './finite-values.js';
import type { Network, NetworkProblem } from './network.js';
import { NetworkError } from './network.js';
import { networkLimits } from './network-limits.js';
import { parametersUsedBy } from './node-references.js';
import { operationOf } from './operations/operations.js';
import { describeShape, sizeOf } from './shape.js';
import { tryInferShapes } from './shape-inference.js';

function orderProblems(network: Network): readonly NetworkProblem[] {
  const problems: NetworkProblem[] = [];
  const all = new Set(network.nodes.map((node) => node.name));
  const seen = new Set<string>();
  for (const node of network.nodes) {
    if (node.name === '') problems.push({ subject: "''", message: `a ${node.op} node has an empty name` });
    if (seen.has(node.name)) problems.push({ subject: node.name, message: 'two nodes have this name' });
    for (const input of node.inputs) {
      if (seen.has(input)) continue;
      problems.push({
        subject: node.name,
        message: !all.has(input)
          ? `it reads '${input}', which is not a node of the network`
          : input === node.name
            ? 'it reads itself'
            : `it reads '${input}', which comes after it; nodes must come after those they read`,
      });
    }
    seen.add(node.name);
  }
  return problems;
}

/** Names of the outputs and of all nodes they depend on. Works for nodes in any order, and with cycles. */
function reachedFromOutputs(network: Network): ReadonlySet<string> {
  const inputs = new Map<string, readonly string[]>(network.nodes.map((node) => [node.name, node.inputs]));
  const reached = new Set(network.nodes.filter((node) => node.op === 'output').map((node) => node.name));
  // Iterating a set also visits entries added meanwhile.
  for (const name of reached) for (const input of inputs.get(name) ?? []) reached.add(input);
  return reached;
}

function reachProblems(network: Network): readonly NetworkProblem[] {
  const problems: NetworkProblem[] = [];
  const reached = reachedFromOutputs(network);
  for (const node of network.nodes) {
    if (reached.has(node.name)) continue;
    problems.push({
      subject: node.name,
      message: `(${node.op}) no output depends on its value; remove it or add an output node`,
    });
  }
  const outputs = new Set(network.nodes.filter((node) => node.op === 'output').map((node) => node.name));
  for (const node of network.nodes) {
    for (const input of node.inputs) {
      if (outputs.has(input)) {
        problems.push({ subject: node.name, message: `it reads '${input}', an output; read what the output reads` });
      }
    }
  }
  for (const op of ['input', 'output'] as const) {
    if (!network.nodes.some((node) => node.op === op)) {
      problems.push({ subject: 'network', message: `it has no ${op} node` });
    }
  }
  return problems;
}

function parameterProblems(network: Network): readonly NetworkProblem[] {
  const problems: NetworkProblem[] = [];
  const { axes, elements } = networkLimits;
  for (const [name, parameter] of network.parameters) {
    const { shape, data } = parameter;
    if (shape.length > axes) {
      problems.push({
        subject: name,
        message: `its shape has ${shape.length} axes; ${axes} are the most`,
      });
    } else if (data.length > elements) {
      problems.push({ subject: name, message: `it has ${data.length} elements; ${elements} are the most` });
    } else if (shape.some((dimension) => !Number.isSafeInteger(dimension) || dimension < 1)) {
      problems.push({
        subject: name,
        message: `its shape ${describeShape(shape)} has a dimension that is not a positive integer`,
      });
    } else if (sizeOf(shape) !== data.length) {
      problems.push({
        subject: name,
        message: `its shape ${describeShape(shape)} holds ${sizeOf(shape)} elements, but its data has ${data.length}`,
      });
    }
    if (parameter.type === 'float32') {
      const at = firstNotFinite(parameter.data);
      if (at >= 0)
        problems.push({
          subject: name,
          message: `its element ${at} is ${parameter.data[at]}; every element must be finite`,
        });
    }
  }
  const used = new Set(network.nodes.flatMap(parametersUsedBy));
  for (const name of network.parameters.keys()) {
    if (!used.has(name)) problems.push({ subject: name, message: 'no node uses this parameter' });
  }
  return problems;
}

function numberProblems({ nodes, parameters }: Network): readonly NetworkProblem[] {
  return nodes.flatMap((node) =>
    (operationOf(node).numbers?.(node, parameters) ?? []).map((message) => ({ subject: node.name, message })),
  );
}

/** Neurons cannot stand downstream of what is computed on means over time. */
function headProblems(network: Network): readonly NetworkProblem[] {
  const head = analogHead(network);
  return network.nodes.flatMap(({ op, name, inputs }) =>
    op === 'neuron' && head.has(name)
      ? [
          {
            subject: name,
            message: `(neuron) its input '${inputs[0]}' is in the analog head, which is computed on means over time`,
          },
        ]
      : [],
  );
}

/**
 * All faults of a network: names, order, unreachable nodes, shapes, exceeded {@link networkLimits}, parameters that are missing, unused, ill-shaped
 * or not finite, batch norms that would divide by 0, neurons in an analog head. An empty list means that it is well-formed. Whether its activations and neurons are known is
 * checked against a registry when it runs.
 */
export function validateNetwork(network: Network): readonly NetworkProblem[] {
  return [
    ...orderProblems(network),
    ...reachProblems(network),
    ...tryInferShapes(network).problems,
    ...parameterProblems(network),
    ...numberProblems(network),
    ...headProblems(network),
  ];
}

/**
 * Returns the network if it is well-formed.
 *
 * @throws {NetworkError} listing everything {@link validateNetwork} finds.
 */
export function assertValid(network: Network): Network {
  const problems = validateNetwork(network);
  if (problems.length > 0) throw new NetworkError(problems);
  return network;
}
