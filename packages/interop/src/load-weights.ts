import type { Network, Parameter, SafeTensor } from '@rheobase/network';
import { assertFinite, parameterOf, sizeOf, someOf, toFloat32 } from '@rheobase/network';
import { defaultConventions } from './default-conventions.js';
import type { TensorSlot, WeightConvention } from './weight-convention.js';
import { type WeightPlan, planWeights } from './weight-plan.js';
import type { WeightReport } from './weight-report.js';

export interface LoadWeightsOptions {
  /**
   * `pytorch`, `keras`, `rheobase`, a convention of one's own, or `auto` (the default): the one convention by which everything
   * fits.
   */
  readonly convention?: 'pytorch' | 'keras' | 'rheobase' | 'auto' | WeightConvention;
  /** Parameters that may keep their values: names or patterns in which `*` stands for anything. */
  readonly allowMissing?: readonly string[];
  /** Tensors that may stay unused: names or patterns, after {@link LoadWeightsOptions.rename}. */
  readonly allowUnused?: readonly string[];
  /** The name by which a tensor is matched, such as `(name) => name.replace(/^module\./, '')`. */
  readonly rename?: (tensor: string) => string;
  /** Where the tensors come from, for messages; a file's name. */
  readonly source?: string;
  /** What to do where weights and network do not fit, for the message; what can be done by these options unless given. */
  readonly remedy?: string;
}

export interface LoadedWeights {
  readonly network: Network;
  readonly report: WeightReport;
}

const listed = 12;
const usualRemedy =
  'Match other names with `rename`, or list what may stay unmatched in `allowMissing` (parameters) and `allowUnused` (tensors).';

function failure({ faults, convention }: WeightPlan, source: string, remedy: string): Error {
  const { shown, left } = someOf(faults, listed);
  const lines = [...shown.map((fault) => `  ${fault}`), ...(left > 0 ? [`  … and ${left} more.`] : [])];
  return new Error(
    [
      `${source}: ${faults.length} of its tensors and the network's parameters do not fit, read by the ${convention.name} convention:`,
      ...lines,
      remedy,
    ].join('\n'),
  );
}

function chosen(plans: readonly WeightPlan[], source: string): WeightPlan {
  const fitting = plans.filter(({ faults }) => faults.length === 0);
  const [first, ...others] = fitting.length > 0 ? fitting : plans.toSorted((a, b) => a.faults.length - b.faults.length);
  if (first === undefined) throw new Error(`${source}: there is no convention to read it by.`);
  const matches = (plan: WeightPlan) => JSON.stringify(plan.report.matched);
  const rival = fitting.length > 0 ? others.find((other) => matches(other) !== matches(first)) : undefined;
  if (rival !== undefined) {
    throw new Error(
      `${source}: its tensors fit by the ${first.convention.name} and by the ${rival.convention.name} convention, with different ` +
        'results; say which in `convention`.',
    );
  }
  return first;
}

function filled(parameter: Parameter, slot: TensorSlot, tensor: SafeTensor, name: string): Parameter {
  const { role, shape } = parameter;
  const length = sizeOf(shape);
  const fill = <Data extends { [index: number]: number }>(from: ArrayLike<number>, to: Data): Data => {
    slot.layout.toParameter(from, to);
    return to;
  };
  switch (tensor.dtype) {
    case 'I8':
      return { role, type: 'int8', shape, data: fill(tensor.data, new Int8Array(length)) };
    case 'I16':
      return { role, type: 'int16', shape, data: fill(tensor.data, new Int16Array(length)) };
    case 'I32':
      return { role, type: 'int32', shape, data: fill(tensor.data, new Int32Array(length)) };
    default:
      return { role, type: 'float32', shape, data: fill(toFloat32(tensor, name), new Float32Array(length)) };
  }
}

/**
 * Puts trained weights onto a network: each tensor goes to the parameter of its name, in the network's layout. The network
 * given is not changed, and nothing is shared with `tensors`.
 *
 * @throws if a parameter has no tensor, a tensor no parameter, or one the wrong shape or type, unless their names are
 *   allowed to stay unmatched; the message names both sides and the nearest names. (An ill-shaped pair must be allowed on both
 *   sides.) Also if a value is not finite, or several conventions fit in `auto`.
 */
export function loadWeights(
  network: Network,
  tensors: ReadonlyMap<string, SafeTensor>,
  {
    convention = 'auto',
    allowMissing = [],
    allowUnused = [],
    rename,
    source = 'weights',
    remedy = usualRemedy,
  }: LoadWeightsOptions = {},
): LoadedWeights {
  const named = new Map<string, { readonly original: string; readonly tensor: SafeTensor }>();
  for (const [original, tensor] of tensors) {
    const name = rename === undefined ? original : rename(original);
    const other = named.get(name);
    if (other !== undefined) {
      throw new Error(`${source}: the tensors '${other.original}' and '${original}' are both renamed to '${name}'.`);
    }
    named.set(name, { original, tensor });
  }

  const conventions =
    typeof convention === 'object'
      ? [convention]
      : (convention === 'auto' ? defaultConventions.names : [convention]).map((name) => defaultConventions.get(name));
  const plans = conventions.map((candidate) => planWeights(network, named, candidate, { allowMissing, allowUnused }));
  const plan = chosen(plans, source);
  if (plan.faults.length > 0) throw failure(plan, source, remedy);

  const parameters = new Map(network.parameters);
  for (const {
    slot,
    source: { original, tensor },
  } of plan.assignments) {
    assertFinite(tensor, original, source);
    parameters.set(slot.parameter, filled(parameterOf(network, slot.parameter), slot, tensor, original));
  }
  return { network: { ...network, parameters }, report: plan.report };
}
