import type { Network, Parameter, SafeTensor } from '@rheobase/network';
import { assertFinite, assertValid, parameterOf, sizeOf, someOf, toFloat32 } from '@rheobase/network';
import { defaultConventions } from './default-conventions.js';
import type { TensorSlot, WeightConvention } from './weight-convention.js';
import { matchingPattern, renamingBy } from './name-pattern.js';
import { candidateBy, chosenPlan } from './weight-candidates.js';
import type { WeightPlan } from './weight-plan.js';
import { cutsOf, firstPrefixes } from './weight-prefix.js';
import type { WeightReport } from './weight-report.js';

export interface LoadWeightsOptions {
  /**
   * `pytorch`, `keras`, `rheobase`, a convention of your own, or `auto` (the default): the one convention by which everything
   * fits.
   */
  readonly convention?: 'pytorch' | 'keras' | 'rheobase' | 'auto' | WeightConvention;
  /** Parameters that may keep their values: names or patterns in which `*` matches anything. */
  readonly allowMissing?: readonly string[];
  /** Tensors that may stay unused: names or patterns, after `rename` and without the prefix. */
  readonly allowUnused?: readonly string[];
  /** The name by which a tensor is matched, such as `(name) => name.replace(/^fc\./, 'linear.')`, or rules as {@link renamingBy} takes. */
  readonly rename?: ((tensor: string) => string) | readonly string[];
  /**
   * Reads the tensors whose names, after `rename`, start with this prefix, and removes it: `ema.`, if there are others too. The empty string
   * leaves all names unchanged. By default, a prefix common to one set of weights, such as `module.`, is found and removed,
   * and named in the report.
   */
  readonly prefix?: string;
  /** Where the tensors come from, for messages; a file's name. */
  readonly source?: string;
  /** What to do if weights and network do not fit, for the message; default: what these options can do. */
  readonly remedy?: string;
  /** The names of the options for messages; default: the names here. */
  readonly optionNames?: { readonly prefix: string; readonly allowUnused: string };
}

export interface LoadedWeights {
  readonly network: Network;
  readonly report: WeightReport;
}

const listed = 12;
const usualRemedy =
  'Match other names with `rename` or `prefix`, or list what may stay unmatched in `allowMissing` (parameters) and `allowUnused` (tensors).';

function failure(
  { faults, convention, report: { prefix } }: WeightPlan,
  source: string,
  idle: readonly string[],
  remedy: string,
): Error {
  const { shown, left } = someOf(faults, listed);
  const lines = [...shown.map((fault) => `  ${fault()}`), ...(left > 0 ? [`  … and ${left} more.`] : [])];
  const without = prefix === '' ? '' : `, without the prefix '${prefix}'`;
  return new Error(
    [
      `${source}: ${faults.length} of its tensors and the network's parameters do not fit, read by the ${convention.name} convention${without}:`,
      ...lines,
      ...idle.map((rule) => `The rule '${rule}' matches nothing.`),
      remedy,
    ].join('\n'),
  );
}

function matches(name: string, pattern: string): boolean {
  return matchingPattern(name, [pattern]) !== undefined;
}

/** Nothing was read: what was allowed to stay unmatched was everything. */
function nothingMatched(tensors: Iterable<string>, plan: WeightPlan, source: string, remedy: string): Error {
  const [example] = tensors;
  if (example === undefined) return new Error(`${source}: there are no tensors in it.`);
  const [wanted] = plan.report.kept;
  const names = wanted === undefined ? '' : ` (it has '${example}', and '${wanted.parameter}' is looked for)`;
  return new Error(
    `${source}: none of its tensors fits a parameter of the network${names}, so no weights would be read at all. ${remedy}`,
  );
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
 * Loads trained weights into a network: each tensor goes to the parameter of its name, in the network's layout. The network
 * given is not changed, and nothing is shared with `tensors`.
 *
 * @throws if a parameter has no tensor, a tensor no parameter, or one the wrong shape or type, unless their names are
 *   allowed to stay unmatched; the message names both sides and the nearest names. (An ill-shaped pair must be allowed on both
 *   sides.) Whatever is allowed, if no tensor is read at all. Also if a value is not finite, or the network is not
 *   well-formed with its weights, several conventions fit in `auto`, or there
 *   are several sets of weights, by the prefixes of their names, and `prefix` says none.
 */
export function loadWeights(
  network: Network,
  tensors: ReadonlyMap<string, SafeTensor>,
  {
    convention = 'auto',
    allowMissing = [],
    allowUnused = [],
    rename,
    prefix,
    source = 'weights',
    remedy = usualRemedy,
    optionNames = { prefix: '`prefix`', allowUnused: '`allowUnused`' },
  }: LoadWeightsOptions = {},
): LoadedWeights {
  const named = new Map<string, { readonly original: string; readonly tensor: SafeTensor }>();
  const rules = typeof rename === 'object' ? rename : [];
  const renamed = typeof rename === 'object' ? renamingBy(rename) : rename;
  for (const [original, tensor] of tensors) {
    const name = renamed === undefined ? original : renamed(original);
    const other = named.get(name);
    if (other !== undefined) {
      throw new Error(`${source}: the tensors '${other.original}' and '${original}' are both renamed to '${name}'.`);
    }
    named.set(name, { original, tensor });
  }

  const renamable = [...tensors.keys()];
  const allowable = [...named.keys()].flatMap((name) => cutsOf(name).map(({ rest }) => rest));
  const idle = [
    ...rules.filter((rule) => !renamable.some((name) => matches(name, rule.slice(0, rule.indexOf('='))))),
    ...allowMissing.filter((pattern) => ![...network.parameters.keys()].some((name) => matches(name, pattern))),
    ...allowUnused.filter((pattern) => !allowable.some((name) => matches(name, pattern))),
  ];
  if (
    prefix !== undefined &&
    prefix !== '' &&
    named.size > 0 &&
    ![...named.keys()].some((name) => name.startsWith(prefix))
  ) {
    throw new Error(`${source}: none of its tensors starts with '${prefix}'; ${firstPrefixes(named.keys())}.`);
  }
  const conventions =
    typeof convention === 'object'
      ? [convention]
      : (convention === 'auto' ? defaultConventions.names : [convention]).map((name) => defaultConventions.get(name));
  const given = { prefix, allowMissing, allowUnused, source, optionNames };
  const plan = chosenPlan(
    conventions.map((own) => candidateBy(own, network, named, given)),
    source,
  );
  if (plan.assignments.length === 0 && (plan.faults.length === 0 || named.size === 0)) {
    throw nothingMatched(named.keys(), plan, source, remedy);
  }
  if (plan.faults.length > 0) throw failure(plan, source, idle, remedy);

  const parameters = new Map(network.parameters);
  for (const {
    slot,
    source: { original, tensor },
  } of plan.assignments) {
    assertFinite(tensor, original, source);
    parameters.set(slot.parameter, filled(parameterOf(network, slot.parameter), slot, tensor, original));
  }
  try {
    return {
      network: assertValid({ ...network, parameters }),
      report: { ...plan.report, ...(idle.length > 0 && { idle }) },
    };
  } catch (error) {
    throw new Error(`${source}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
