import { fittingOf, type NeuronChoice } from '@rheobase/converter';
import type { Registries } from '@rheobase/experiments/node';
import { unknownName } from '@rheobase/network';
import type { Command } from 'commander';
import { assignment } from './option-values.js';

/** The options that choose the neuron model at the sites. */
export interface NeuronOptions {
  readonly neuron?: string;
  readonly neuronOption: Readonly<Record<string, unknown>>;
}

/** Adds the options of the neuron model. */
export function withNeuronOptions(command: Command, { neurons }: Registries): Command {
  return command
    .option(
      '--neuron <kind>',
      `neuron model: ${neurons.names.join(', ')}; (default: if, or signed-if for a leaky ReLU)`,
    )
    .option('--neuron-option <name=value>', 'parameter or attribute of the neuron, such as leak=0.9', assignment, {});
}

/**
 * A neuron model with its constants; undefined for the default of each activation.
 *
 * @throws if a constant is not a number, unknown to the model, or required and missing.
 */
export function neuronOf(
  { neuron: kind, neuronOption }: NeuronOptions,
  { neurons }: Registries,
): NeuronChoice | undefined {
  if (kind === undefined) return undefined;
  const model = neurons.get(kind);
  const { needed = [] } = fittingOf(kind, neurons);
  const parameters = new Map<string, number>();
  const attributes = new Map<string, number>();
  for (const [name, value] of Object.entries(neuronOption)) {
    if (typeof value !== 'number') throw new Error(`--neuron-option ${name} must be a number, not '${String(value)}'.`);
    if (Object.hasOwn(model.attributes, name)) attributes.set(name, value);
    else if (Object.hasOwn(model.parameters, name)) parameters.set(name, value);
    else
      throw new Error(
        unknownName(`'${kind}' option`, name, [...Object.keys(model.parameters), ...Object.keys(model.attributes)]),
      );
  }
  const missing = needed.filter((name) => !parameters.has(name));
  if (missing.length > 0) {
    const options = missing.map((name) => `--neuron-option ${name}=NUMBER`).join(' ');
    throw new Error(`The neuron ${kind} needs a value for ${missing.join(' and ')}: give ${options}.`);
  }
  return { kind, parameters: Object.fromEntries(parameters), attributes: Object.fromEntries(attributes) };
}
