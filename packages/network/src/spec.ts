/**
 * The activation or neuron model at a site, as plain data: the model's registered name, the network parameters that provide its named parts (`{
 * threshold: 'layer1.relu.threshold' }`), and its fixed attributes (`{ levels: 4 }`). The registry passed to an engine resolves the name, so a model
 * from outside this repository needs no change here.
 */
export interface ModelSpec {
  readonly kind: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, number>>;
}

/** The activation at an activation site: `relu`, `clip`, `quant-clip`, … (`@rheobase/activations`). */
export type ActivationSpec = ModelSpec;

/** The neuron model at a neuron site: `if`, `lif`, `signed-if`, … (`@rheobase/neurons`). */
export type NeuronSpec = ModelSpec;

export function modelSpec(
  kind: string,
  parameters: Readonly<Record<string, string>> = {},
  attributes: Readonly<Record<string, number>> = {},
): ModelSpec {
  return { kind, parameters, attributes };
}
