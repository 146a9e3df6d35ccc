import { type Conversion, convert, type NeuronChoice } from '@rheobase/converter';
import { bind, recordPercentiles } from '@rheobase/execution';
import { type Network, unknownName } from '@rheobase/network';
import { defaultNeurons } from '@rheobase/neurons';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { CommandOutput } from './command-output.js';
import { batchesOf, type Images } from './image-batches.js';
import { assignment, numberUpTo, wholeNumber } from './option-values.js';
import { progress } from './progress.js';

/** How a source network becomes a spiking one, as options say. */
export interface RecipeOptions {
  readonly percentile: number;
  readonly calibrationImages: number;
  readonly neuron?: string;
  readonly neuronOption: Readonly<Record<string, unknown>>;
  readonly initialPotential: 'half-threshold' | 'zero' | 'shift';
}

/** Adds the options of conversion. */
export function withRecipeOptions(command: Command): Command {
  return command
    .option(
      '--percentile <percent>',
      'θ of a plain ReLU is this percentile of its activations',
      numberUpTo(0, 100),
      99.5,
    )
    .option('--calibration-images <images>', 'training images to take percentiles over', wholeNumber(1), 1000)
    .option('--neuron <kind>', 'neuron model; if, or signed-if behind a leaky ReLU, unless given')
    .option('--neuron-option <name=value>', 'parameter or attribute of the neuron, such as leak=0.9', assignment, {})
    .addOption(
      new Option('--initial-potential <rule>', 'V(0) of every neuron')
        .choices(['half-threshold', 'zero', 'shift'])
        .default('half-threshold'),
    );
}

/** Activation sites whose threshold must come from data. */
export function sitesWithoutThreshold(network: Network): readonly string[] {
  return network.nodes.flatMap((node) =>
    node.op === 'activation' && node.activation.parameters['threshold'] === undefined ? [node.name] : [],
  );
}

/**
 * A neuron model with its constants.
 *
 * @throws if one is not a number, or the model has none of that name.
 */
function neuronOf(kind: string, given: Readonly<Record<string, unknown>>): NeuronChoice {
  const model = defaultNeurons.get(kind);
  const parameters: Record<string, number> = {};
  const attributes: Record<string, number> = {};
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'number') throw new Error(`--neuron-option ${name} must be a number, not '${String(value)}'.`);
    if (Object.hasOwn(model.attributes, name)) attributes[name] = value;
    else if (Object.hasOwn(model.parameters, name)) parameters[name] = value;
    else
      throw new Error(
        unknownName(`option of the neuron ${kind}`, name, [
          ...Object.keys(model.parameters),
          ...Object.keys(model.attributes),
        ]),
      );
  }
  return { kind, parameters, attributes };
}

/**
 * Records the percentiles that thresholds are taken from on training images, then folds batch norms and converts.
 *
 * @param open opens the training images; called only where thresholds have to be recorded
 * @param steps T, which the `shift` rule needs
 * @throws {ConversionError} naming every node that cannot be converted.
 */
export async function convertByRecipe(
  network: Network,
  recipe: RecipeOptions,
  steps: number | undefined,
  open: () => Promise<Images>,
  output: CommandOutput,
): Promise<Conversion> {
  const sites = sitesWithoutThreshold(network);
  const thresholds = sites.length === 0 ? new Map<string, number>() : await record();
  return convert(network, {
    thresholds,
    initialPotential: recipe.initialPotential,
    ...(recipe.neuron === undefined ? {} : { neuron: neuronOf(recipe.neuron, recipe.neuronOption) }),
    ...(steps === undefined ? {} : { steps }),
  });

  async function record(): Promise<ReadonlyMap<string, number>> {
    const images = await open();
    const bar = progress(output, 'thresholds', images.count, 'images');
    const bound = bind(network);
    try {
      return await recordPercentiles(bound, batchesOf(images), {
        nodes: sites,
        percentile: recipe.percentile,
        onBatch: (count) => bar.to(count),
      });
    } finally {
      bound.dispose();
      bar.end();
      await images.source.close();
    }
  }
}
