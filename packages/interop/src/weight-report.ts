import type { Shape } from '@rheobase/network';
import { describeShape, someOf } from '@rheobase/network';
import { defaultConventions } from './default-conventions.js';

/** A parameter that was read from a tensor. */
export interface WeightMatch {
  readonly parameter: string;
  readonly tensor: string;
  readonly tensorShape: Shape;
  readonly parameterShape: Shape;
  /** The change of layout: `OIHW → HWIO`, `as it is`. */
  readonly layout: string;
}

/** What became of every parameter and every tensor. */
export interface WeightReport {
  /** Name of the convention that the tensors were read by. */
  readonly convention: string;
  /** The prefix that was removed from the names of the tensors, such as `module.`; empty if there was none. */
  readonly prefix: string;
  readonly matched: readonly WeightMatch[];
  /** Parameters that kept their values, for which there was no tensor, and the pattern that allowed it. */
  readonly kept: readonly { readonly parameter: string; readonly allowedBy: string }[];
  /** Tensors that were not read, and the pattern that allowed it. */
  readonly unused: readonly { readonly tensor: string; readonly allowedBy: string }[];
  /** Rules and patterns that matched no name; absent where all did. */
  readonly idle?: readonly string[];
}

/** Maximum number of names in a remark. */
const listed = 6;

function shortened(names: readonly string[]): string {
  const { shown, left } = someOf(names, listed);
  return `${shown.join(', ')}${left > 0 ? ` and ${left} others` : ''}`;
}

/**
 * What the user should know about loaded weights, one sentence each: a prefix that was removed, parameters that kept their values, and
 * tensors that were not used. Nothing where all weights were read under their own names; tensors that hold no parameter by their
 * convention, such as PyTorch's `num_batches_tracked`, are not mentioned.
 */
export function weightRemarks({
  convention,
  prefix,
  matched,
  kept,
  unused,
  idle = [],
}: WeightReport): readonly string[] {
  const ignored: readonly string[] = defaultConventions.has(convention)
    ? defaultConventions.get(convention).ignored
    : [];
  const left = unused.filter(({ allowedBy }) => !ignored.includes(allowedBy)).map(({ tensor }) => tensor);
  const parameters = matched.length + kept.length;
  return [
    ...(prefix === '' ? [] : [`the prefix '${prefix}' was removed from the names of the tensors`]),
    ...(kept.length === 0
      ? []
      : [
          `${kept.length} of ${parameters} parameters are not in the weights and keep their initial values: ` +
            shortened(kept.map(({ parameter }) => parameter)),
        ]),
    ...(left.length === 0
      ? []
      : [`${left.length} of ${matched.length + left.length} tensors are not used: ${shortened(left)}`]),
    ...idle.map((rule) => `the rule '${rule}' matches nothing`),
  ];
}

/** The report for people, a line for every parameter and tensor. */
export function describeWeightReport({ convention, prefix, matched, kept, unused }: WeightReport): string {
  const without = prefix === '' ? '' : ` without the prefix '${prefix}'`;
  return [
    `${matched.length} parameters read by the ${convention} convention${without}, ${kept.length} kept, ${unused.length} tensors not used`,
    ...matched.map(
      ({ parameter, tensor, tensorShape, parameterShape, layout }) =>
        `  ${tensor} ${describeShape(tensorShape)} → ${parameter} ${describeShape(parameterShape)}, ${layout}`,
    ),
    ...kept.map(({ parameter, allowedBy }) => `  ${parameter} kept its value, allowed by '${allowedBy}'`),
    ...unused.map(({ tensor, allowedBy }) => `  ${tensor} was not used, as '${allowedBy}' allows`),
  ].join('\n');
}
