import type { Network, Parameter, SafeTensor } from '@rheobase/network';
import { describeShape, parameterOf, sameShape } from '@rheobase/network';
import { closest, distance } from 'fastest-levenshtein';
import { matchingPattern } from './name-pattern.js';
import type { TensorSlot, WeightConvention } from './weight-convention.js';
import type { WeightReport } from './weight-report.js';

/** A named tensor as the file calls it, and its contents. */
export interface NamedTensor {
  readonly original: string;
  readonly tensor: SafeTensor;
}

/** Which tensor goes where, before any element is looked at. */
export interface WeightPlan {
  readonly convention: WeightConvention;
  readonly assignments: readonly { readonly slot: TensorSlot; readonly source: NamedTensor }[];
  readonly report: WeightReport;
  /** What does not fit, a function that says it in a sentence for each. Empty: the plan can be carried out. */
  readonly faults: readonly (() => string)[];
}

export interface Allowances {
  readonly allowMissing: readonly string[];
  readonly allowUnused: readonly string[];
}

/** The prefix of the tensors, which are matched without it, and who chose it. */
export interface Prefix {
  readonly text: string;
  /** Tensors without it are left aside, as somebody asked for those with it. */
  readonly exclusive: boolean;
}

/** The tensors by their names without the prefix, and those that are left aside because they lack it. */
function withoutPrefix(
  tensors: ReadonlyMap<string, NamedTensor>,
  { text, exclusive }: Prefix,
): { readonly left: Map<string, NamedTensor>; readonly aside: readonly NamedTensor[] } {
  if (text === '') return { left: new Map(tensors), aside: [] };
  const left = new Map<string, NamedTensor>();
  const others: [string, NamedTensor][] = [];
  for (const [name, tensor] of tensors) {
    if (name.startsWith(text)) left.set(name.slice(text.length), tensor);
    else others.push([name, tensor]);
  }
  if (exclusive) return { left, aside: others.map(([, tensor]) => tensor) };
  // Under no name of a parameter where a tensor with the prefix has that name already.
  for (const [name, tensor] of others) left.set(left.has(name) ? `${name} (without ${text})` : name, tensor);
  return { left, aside: [] };
}

const tensorTypes: Readonly<Record<Parameter['type'], readonly SafeTensor['dtype'][]>> = {
  float32: ['F32', 'F16', 'BF16', 'F64'],
  int8: ['I8'],
  int16: ['I16'],
  int32: ['I32'],
};

/** Names that a suggestion is chosen from at most. */
const mostCandidates = 5000;

function nearest(name: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const best = closest(name, candidates.slice(0, mostCandidates));
  return distance(name, best) <= Math.max(2, name.length / 2) ? ` Did you mean '${best}'?` : '';
}

/**
 * Finds a tensor for every parameter and a parameter for every tensor.
 *
 * @param tensors by the name to be matched, which may be another than that in the file
 * @param slots of the network by the convention
 */
export function planWeights(
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
  { convention, slots }: { readonly convention: WeightConvention; readonly slots: readonly TensorSlot[] },
  prefix: Prefix,
  { allowMissing, allowUnused }: Allowances,
): WeightPlan {
  const matched: WeightReport['matched'][number][] = [];
  const kept: WeightReport['kept'][number][] = [];
  const unused: WeightReport['unused'][number][] = [];
  const assignments: WeightPlan['assignments'][number][] = [];
  const faults: (() => string)[] = [];
  const missing: TensorSlot[] = [];
  const { left, aside } = withoutPrefix(tensors, prefix);
  for (const { original } of aside) unused.push({ tensor: original, allowedBy: `prefix ${prefix.text}` });

  for (const slot of slots) {
    const { parameter: name, layout } = slot;
    const found = slot.tensors.find((candidate) => left.has(candidate));
    const source = found === undefined ? undefined : left.get(found);
    if (found === undefined || source === undefined) {
      missing.push(slot);
      continue;
    }
    const parameter = parameterOf(network, name);
    const { shape, dtype } = source.tensor;
    const wrongShape = !sameShape(shape, layout.tensorShape);
    const wrongType = !tensorTypes[parameter.type].includes(dtype);
    if (!wrongShape && !wrongType) {
      left.delete(found);
      assignments.push({ slot, source });
      matched.push({
        parameter: name,
        tensor: source.original,
        tensorShape: shape,
        parameterShape: parameter.shape,
        layout: layout.description,
      });
      continue;
    }
    const allowedBy = matchingPattern(name, allowMissing);
    if (allowedBy !== undefined && matchingPattern(found, allowUnused) !== undefined) {
      kept.push({ parameter: name, allowedBy });
      continue;
    }
    left.delete(found);
    faults.push(() =>
      wrongShape
        ? `The tensor '${source.original}' has shape ${describeShape(shape)}, but the parameter '${name}' ` +
          `${describeShape(parameter.shape)} needs ${describeShape(layout.tensorShape)}.`
        : `The tensor '${source.original}' has the type ${dtype}, but the parameter '${name}' is ${parameter.type} and needs ` +
          `${tensorTypes[parameter.type].join(' or ')}.`,
    );
  }

  const unmatched: string[] = [];
  for (const [name, { original }] of left) {
    const allowedBy = matchingPattern(name, [...convention.ignored, ...allowUnused]);
    if (allowedBy === undefined) unmatched.push(name);
    else unused.push({ tensor: original, allowedBy });
  }
  const wanting: string[] = [];
  for (const { parameter, tensors: names, layout } of missing) {
    const allowedBy = matchingPattern(parameter, allowMissing);
    if (allowedBy !== undefined) {
      kept.push({ parameter, allowedBy });
      continue;
    }
    wanting.push(names[0]);
    faults.push(
      () =>
        `The parameter '${parameter}' needs a tensor '${names[0]}' ${describeShape(layout.tensorShape)}, and there is none.` +
        nearest(names[0], unmatched),
    );
  }
  for (const name of unmatched) {
    const { original = name, tensor } = left.get(name) ?? {};
    faults.push(
      () =>
        `The tensor '${original}' ${describeShape(tensor?.shape ?? [])} fits no parameter.${nearest(name, wanting)}`,
    );
  }
  return {
    convention,
    assignments,
    report: { convention: convention.name, prefix: prefix.text, matched, kept, unused },
    faults,
  };
}
