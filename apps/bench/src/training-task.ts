import { defaultModels } from '@rheobase/models';
import type { ModelRegistries } from '@rheobase/execution';
import type { LabelledBatch, Network, Shape } from '@rheobase/network';
import { inferShapes, shapeAt } from '@rheobase/network';
import { registriesWith } from './registries-with.js';

/** The network that is trained, and how many images a step takes. */
export interface TrainingTask {
  readonly model: string;
  readonly modelOption: Readonly<Record<string, unknown>>;
  readonly batch: number;
  /** Files of the plugins that the model may come from. */
  readonly plugins: readonly string[];
}

/** A task's network, and what the names in it mean. */
export interface TrainedTask {
  readonly network: Network;
  readonly registries: Partial<ModelRegistries>;
}

/** Images and labels of a step; always the same ones. */
export interface TrainingBatch extends LabelledBatch {
  /** `[N, H, W, C]` */
  readonly shape: readonly [number, number, number, number];
  readonly classes: number;
}

/** Takes one training step. */
export type TrainingStep = (batch: TrainingBatch) => Promise<void>;

/** Low, so that a network on made-up images stays where numbers are ordinary. */
export const learningRate = 1e-3;
export const momentum = 0.9;

/** @throws if there is no such model, or an option does not fit it. */
export async function networkOf({ model, modelOption, plugins }: TrainingTask): Promise<TrainedTask> {
  const { models = defaultModels, ...registries } = await registriesWith(plugins);
  return { network: models.get(model).build({ ...modelOption, seed: 0 }), registries };
}

/** Made-up images and labels for a network. */
export function batchFor(network: Network, count: number): TrainingBatch {
  const shapes = inferShapes(network);
  const at = (op: 'input' | 'output'): Shape => {
    const node = network.nodes.find((candidate) => candidate.op === op);
    if (node === undefined) throw new Error(`The network has no ${op}.`);
    return shapeAt(shapes, node.name);
  };
  const [height = 1, width = 1, channels = 1] = at('input');
  const [classes = 1] = at('output');
  return {
    images: Float32Array.from({ length: count * height * width * channels }, (_, i) => Math.sin(0.37 * i)),
    shape: [count, height, width, channels],
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
    classes,
  };
}
