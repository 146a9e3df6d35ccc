import type { Network, NodeOf, Probe, Shape } from '@rheobase/network';
import {
  analogHead,
  assertFiniteValues,
  inferShapes,
  isPlain,
  parameterOf,
  parametersUsedBy,
  shapeAt,
  sizeOf,
} from '@rheobase/network';
import type { PlannedNode } from './plain-values.js';
import { plainComputation } from './plain-values.js';
import type { PlannedValue } from './plan.js';
import type { Recorder, RunPart } from './probe-record.js';
import { stepWorth } from './step-worth.js';
import { factorOf, placeOf, sizeIn } from './probe-record.js';
import type { Workspace } from './workspace.js';

/** The analog head of a network: plain data, as the rest of a plan. */
export interface PlannedHead {
  /** In network order. */
  readonly nodes: readonly PlannedNode[];
  /** The values of the body that it reads, by node. */
  readonly reads: ReadonlyMap<string, PlannedValue>;
}

/** The nodes of the analog head, and the names of those outside of it that they read. */
export function headOf(network: Network): {
  readonly nodes: readonly PlannedNode[];
  readonly reads: ReadonlySet<string>;
} {
  const head = analogHead(network);
  const shapes = inferShapes(network);
  const nodes = network.nodes.filter(isPlain).filter(({ name }) => head.has(name));
  return {
    nodes: nodes.map((node) => ({
      node,
      inputs: node.inputs.map((name) => shapeAt(shapes, name)),
      shape: shapeAt(shapes, node.name),
      parameters: new Map(parametersUsedBy(node).map((name) => [name, parameterOf(network, name)])),
    })),
    reads: new Set(nodes.flatMap(({ inputs }) => inputs).filter((name) => !head.has(name))),
  };
}

/** A head during a run: computed after every step, on the means over the steps so far. */
export interface HeadRun {
  readonly outputs: readonly { readonly name: string; readonly shape: Shape; readonly data: Float32Array }[];
  /** Records a value of the head after the last step; undefined for nodes that are not in it. */
  recorderOf(probe: Probe): Recorder | undefined;
  /** Called after the calls of a part. */
  note(part: RunPart, workspace: Workspace): void;
  /** @throws {NetworkError} naming a value that the head read and that is NaN or infinite, which it could hide. */
  assertFinite(): void;
}

/** @param growth λ of differential coding, where the head reads Σ λ^−(t−1)·x(t) in place of means */
export function headRun({ nodes, reads }: PlannedHead, count: number, steps: number, growth?: number): HeadRun {
  const computations = nodes.map((planned) => [planned.node, plainComputation(planned)] as const);
  const totals = new Map([...reads].map(([name, { shape }]) => [name, new Float64Array(sizeOf(shape))]));
  const sums = new Map([...reads].map(([name]) => [name, 0]));
  const shapes = new Map(nodes.map(({ node, shape }) => [node.name, shape]));
  const outputs = nodes
    .map(({ node }) => node)
    .filter((node): node is NodeOf<'output'> => node.op === 'output')
    .map(({ name }) => {
      const shape = [steps, count, ...(shapes.get(name) ?? [])];
      return { name, shape, data: new Float32Array(sizeOf(shape)) };
    });
  const recorded = new Map<string, Float32Array>();

  const addUp = (name: string, value: PlannedValue, step: number, t: number, workspace: Workspace): Float64Array => {
    const total = totals.get(name) ?? new Float64Array(0);
    const stride = sizeIn(value.layout);
    const numbers = workspace.numbers(value.number, value.offset, stride * ((value.changing ? step : 0) + 1));
    const begin = value.changing ? step * stride : 0;
    const worth = stepWorth(growth, t, value.changing);
    for (let i = 0; i < total.length; i++)
      total[i] = (total[i] ?? 0) + worth * (numbers[begin + placeOf(value.layout, i)] ?? 0);
    return total;
  };

  return {
    outputs,
    recorderOf: (probe) => {
      const shape = shapes.get(probe.node);
      if (shape === undefined) return undefined;
      const data = recorded.get(probe.node) ?? new Float32Array(count * sizeOf(shape));
      recorded.set(probe.node, data);
      return { after: -1, note: () => undefined, finish: () => ({ probe, shape: [count, ...shape], data }) };
    },
    note({ image, before, steps: now }, workspace) {
      if (before === 0) for (const total of totals.values()) total.fill(0);
      for (let step = 0; step < now; step++) {
        const t = before + step;
        const values = new Map<string, Float64Array>(
          [...reads].map(([name, value]) => {
            const total = addUp(name, value, step, t, workspace);
            return [
              name,
              total.map((sum, i) => (sum * factorOf(value, i)) / (growth === undefined ? t + 1 : 1)),
            ] as const;
          }),
        );
        for (const [{ name, inputs }, compute] of computations) {
          values.set(name, compute(inputs.map((input) => values.get(input) ?? new Float64Array(0))));
        }
        for (const { name, data } of outputs) {
          const value = values.get(name) ?? new Float64Array(0);
          data.set(value, (t * count + image) * value.length);
        }
        if (t + 1 < steps) continue;
        for (const [name, data] of recorded) {
          const value = values.get(name) ?? new Float64Array(0);
          data.set(value, image * value.length);
        }
        for (const [name, total] of totals)
          sums.set(
            name,
            total.reduce((sum, x) => sum + x, sums.get(name) ?? 0),
          );
      }
    },
    assertFinite() {
      for (const [name, sum] of sums) assertFiniteValues(name, 'values', [sum]);
    },
  };
}
