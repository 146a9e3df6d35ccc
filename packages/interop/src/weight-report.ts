import type { Shape } from '@rheobase/network';
import { describeShape } from '@rheobase/network';

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
  readonly matched: readonly WeightMatch[];
  /** Parameters that kept their values, for which there was no tensor, and the pattern that allowed it. */
  readonly kept: readonly { readonly parameter: string; readonly allowedBy: string }[];
  /** Tensors that were not read, and the pattern that allowed it. */
  readonly unused: readonly { readonly tensor: string; readonly allowedBy: string }[];
}

/** The report for people, a line for every parameter and tensor. */
export function describeWeightReport({ convention, matched, kept, unused }: WeightReport): string {
  return [
    `${matched.length} parameters read by the ${convention} convention, ${kept.length} kept, ${unused.length} tensors not used`,
    ...matched.map(
      ({ parameter, tensor, tensorShape, parameterShape, layout }) =>
        `  ${tensor} ${describeShape(tensorShape)} → ${parameter} ${describeShape(parameterShape)}, ${layout}`,
    ),
    ...kept.map(({ parameter, allowedBy }) => `  ${parameter} kept its value, as '${allowedBy}' allows`),
    ...unused.map(({ tensor, allowedBy }) => `  ${tensor} was not used, as '${allowedBy}' allows`),
  ].join('\n');
}
