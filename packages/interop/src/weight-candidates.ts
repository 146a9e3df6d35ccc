import type { Network } from '@rheobase/network';
import type { WeightConvention } from './weight-convention.js';
import { type NamedTensor, type Prefix, type WeightPlan, planWeights } from './weight-plan.js';
import { prefixesOf } from './weight-prefix.js';

/** A plan by one convention, and what else is wrong with it apart from its faults. */
export interface Candidate {
  readonly plan: WeightPlan;
  /** That there are several sets of weights, and how to choose one. */
  readonly ambiguity?: string;
}

/** What a plan may leave unmatched, and words for messages. */
export interface Matching {
  readonly prefix: string | undefined;
  readonly allowMissing: readonly string[];
  readonly allowUnused: readonly string[];
  readonly source: string;
  readonly optionNames: { readonly prefix: string; readonly allowUnused: string };
}

/** By one convention: with the names unchanged, or without the prefix of one set of weights. */
export function candidateBy(
  convention: WeightConvention,
  network: Network,
  tensors: ReadonlyMap<string, NamedTensor>,
  { prefix, source, optionNames, ...allowances }: Matching,
): Candidate {
  const slots = convention.slots(network);
  const plan = (text: string, exclusive: boolean): WeightPlan =>
    planWeights(network, tensors, { convention, slots }, { text, exclusive } satisfies Prefix, allowances);
  if (prefix !== undefined) return { plan: plan(prefix, prefix !== '') };
  const asNamed = plan('', false);
  if (asNamed.faults.length === 0 && asNamed.assignments.length > slots.length / 2) return { plan: asNamed };
  const found = prefixesOf(tensors.keys(), slots);
  const [first = '', second] = found;
  if (second !== undefined) {
    const sets = found.map((text) => (text === '' ? 'without a prefix' : `with the prefix '${text}'`)).join(' and ');
    const one = found.find((text) => text !== '') ?? '';
    const others = found.includes('') ? `, and ${optionNames.allowUnused} '${one}*' those without a prefix` : '';
    const choice = `${optionNames.prefix} '${one}' takes those${others}`;
    return {
      plan: asNamed,
      ambiguity: `${source}: it holds several sets of the network's weights, ${sets}. Say which: ${choice}.`,
    };
  }
  if (first === '') return { plan: asNamed };
  const without = plan(first, false);
  return { plan: without.assignments.length > asNamed.assignments.length ? without : asNamed };
}

/**
 * The plan that fits, of several the one that reads most.
 *
 * @throws naming the source, if there are several sets of weights, or several conventions fit with different results.
 */
export function chosenPlan(candidates: readonly Candidate[], source: string): WeightPlan {
  const plans = candidates.map(({ plan }) => plan);
  const fitting = plans.filter(({ faults, assignments }) => faults.length === 0 && assignments.length > 0);
  const ambiguity = candidates.find((candidate) => candidate.ambiguity !== undefined)?.ambiguity;
  if (fitting.length === 0 && ambiguity !== undefined) throw new Error(ambiguity);
  // Where much is allowed to stay unmatched, a convention fits that reads next to nothing.
  const [first, ...others] = (fitting.length > 0 ? fitting : plans).toSorted(
    (a, b) => b.assignments.length - a.assignments.length || a.faults.length - b.faults.length,
  );
  if (first === undefined) throw new Error(`${source}: there is no convention to read it by.`);
  const reading = ({ report }: WeightPlan) => JSON.stringify(report.matched);
  const rival = others.find(
    (other) => other.assignments.length === first.assignments.length && reading(other) !== reading(first),
  );
  if (fitting.length > 0 && rival !== undefined) {
    throw new Error(
      `${source}: its tensors fit by the ${first.convention.name} and by the ${rival.convention.name} convention, with different ` +
        'results; say which in `convention`.',
    );
  }
  return first;
}
