import type { ActivationSpec, ModelDefinition, Parameter, Registry } from '@rheobase/network';
import { checkModelSpec } from '@rheobase/network';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/**
 * An element-wise activation y = f(z), twice: as a scalar reference that is easy to believe, and on tensors.
 *
 * Parameters are tensors that broadcast to z, of shape `[N, …shape]`: a scalar, one value per channel `[C]`, or one per
 * neuron `[H, W, C]`. Attributes that are not given have their initial values.
 */
export interface Activation extends ModelDefinition {
  /**
   * The slow reference, one number in float64.
   *
   * @param values parameters and attributes by name
   */
  reference(z: number, values: Readonly<Record<string, number>>): number;
  /** The activation in evaluation, of z's shape; differentiable with respect to z and every parameter. */
  evaluate(
    z: Tensor,
    parameters: Readonly<Record<string, Tensor>>,
    attributes: Readonly<Record<string, number>>,
  ): Tensor;
  /** The activation in training. Only activations that behave otherwise there have it. */
  train?(
    z: Tensor,
    parameters: Readonly<Record<string, Tensor>>,
    attributes: Readonly<Record<string, number>>,
    random: RandomGenerator,
  ): Tensor;
  /**
   * What its gradients are by definition, in float64, where they are not the derivatives of the reference: a
   * straight-through estimator says otherwise.
   */
  gradient?(z: number, values: Readonly<Record<string, number>>): ActivationGradient;
  /** The z at which the value or a derivative jumps, for tests to be exact at and careful around. */
  edges?(values: Readonly<Record<string, number>>): readonly number[];
}

/** ∂y/∂z, and ∂y/∂p for every parameter p by name. */
export interface ActivationGradient {
  readonly z: number;
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * The activation that a spec names, once the spec is known to fit it.
 *
 * @param parameters a network's parameters: pass them to check as well that those named exist, have the right role and
 *   hold values in range
 * @throws if the kind, a parameter's or an attribute's name is unknown or missing, or a value is out of range.
 */
export function checkActivationSpec(
  spec: ActivationSpec,
  registry: Registry<Activation>,
  parameters?: ReadonlyMap<string, Parameter>,
): Activation {
  return checkModelSpec(spec, registry, parameters);
}
