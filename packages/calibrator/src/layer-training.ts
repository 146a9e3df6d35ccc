import { disposeScope, liveParameter } from '@rheobase/execution';
import type { Network, ParameterRole } from '@rheobase/network';
import { nodeOf, parameterOf, permutation, randomStream } from '@rheobase/network';
import type { Optimizer, Trainable } from '@rheobase/training';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, maximum, nextFrame, scalar, tensor, tidy, variable } from '@tensorflow/tfjs-core';
import { bindSite } from './bound-site.js';
import { alikeInChannel } from './channel-gradient.js';
import { runsOf } from './image-batches.js';
import type { LayerInTraining } from './layer-gradients.js';
import { layerGradients } from './layer-gradients.js';
import type { LayerTrainingSettings } from './layer-training-settings.js';
import { withOwnLayer, withOwnPotentials, withOwnStepBias } from './own-parameters.js';
import type { SiteOutcome, SiteTask } from './site-task.js';

/** The name under which the optimizer knows the surrogate's slope: no parameter has an empty name. */
const slopeName = '';

/** The least slope: at 0 no gradient would pass, and below it they would point the wrong way. */
const leastSlope = 1e-3;

/** Trains one site and its layer; see `layerwiseBptt`. */
export async function trainLayer(task: SiteTask, settings: LayerTrainingSettings): Promise<SiteOutcome | undefined> {
  const own = ownParameters(task);
  const scope = disposeScope();
  try {
    const site = scope.add(bindSite(own.network, task));
    const slope = scope.add(tidy(() => variable(scalar(settings.surrogate.initialSlope))));
    const parameters = new Map<string, Trainable>(
      own.trained.map((name) => [
        name,
        { variable: liveParameter(site.live, name), role: parameterOf(own.network, name).role },
      ]),
    );
    // A read-out has no neuron, and so no surrogate.
    const trainables =
      nodeOf(task.network, task.site).op === 'neuron'
        ? new Map([...parameters, [slopeName, { variable: slope, role: 'dynamics' satisfies ParameterRole }]])
        : parameters;
    const optimizer = scope.add(settings.optimizer.begin(trainables));
    return await train({ site, trainables, slope }, parameters, optimizer, task, settings);
  } finally {
    scope.dispose();
  }
}

/** The network with parameters of the site's own, and which of them train. */
function ownParameters({ network, segment, site, steps }: SiteTask): {
  readonly network: Network;
  readonly trained: readonly string[];
} {
  const layer = withOwnLayer(network, segment);
  const potentials = withOwnPotentials(layer.network, site);
  const started = potentials?.network ?? layer.network;
  const node = nodeOf(started, site);
  // A site without a step bias gets none.
  const biased =
    node.op === 'neuron' && node.stepBias !== undefined ? withOwnStepBias(started, site, steps) : undefined;
  return {
    network: biased?.network ?? started,
    trained: [
      ...layer.parameters,
      ...[potentials, biased].flatMap((own) => (own === undefined ? [] : [own.parameter])),
    ],
  };
}

/** The parameters with the lowest loss so far. */
interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly values: ReadonlyMap<string, Float32Array>;
}

async function train(
  layer: LayerInTraining,
  parameters: ReadonlyMap<string, Trainable>,
  optimizer: Optimizer,
  task: SiteTask,
  settings: LayerTrainingSettings,
): Promise<SiteOutcome | undefined> {
  const { site } = layer;
  const { epochs, patience, loss } = settings;
  const before = site.loss(task.heldOut, loss);
  assertFinite(before, task, settings);
  let best: Best = { epoch: 0, loss: before, values: valuesOf(parameters) };
  let epoch = 0;
  while (epoch < epochs && epoch - best.epoch < patience && parameters.size > 0) {
    if (task.signal?.aborted === true) return undefined;
    const mean = trainEpoch(layer, optimizer, task, settings, epoch);
    epoch++;
    const heldOutLoss = site.loss(task.heldOut, loss);
    assertFinite(heldOutLoss, task, settings);
    task.onEpoch({ epoch, loss: mean, heldOutLoss });
    if (heldOutLoss < best.loss) best = { epoch, loss: heldOutLoss, values: valuesOf(parameters) };
    // Lets a signal, or a page, have its turn.
    await nextFrame();
  }
  restore(parameters, best.values);
  return {
    network: site.snapshot(),
    epochs: epoch,
    bestEpoch: best.epoch,
    trainedParameters: [...layer.trainables.values()].reduce((sum, { variable }) => sum + variable.size, 0),
    heldOutLoss: { before, after: best.loss },
  };
}

/** @returns the mean loss */
function trainEpoch(
  layer: LayerInTraining,
  optimizer: Optimizer,
  task: SiteTask,
  settings: LayerTrainingSettings,
  epoch: number,
): number {
  const { schedule, epochs, batchSize } = settings;
  const { count } = task.calibration;
  const order = permutation(count, randomStream(task.seed, epoch));
  const batches = Math.ceil(count / batchSize);
  let [total, batch] = [0, 0];
  for (const places of runsOf(count, batchSize)) {
    const chosen = places.map((place) => order[place] ?? 0);
    const { loss, gradients } = layerGradients(layer, task, settings, chosen);
    try {
      assertFinite(loss, task, settings);
      tidy(() =>
        optimizer.step(
          directions(layer, gradients, settings),
          schedule((epoch * batches + batch) / (epochs * batches)),
        ),
      );
    } finally {
      dispose([...gradients.values()]);
    }
    tidy(() => layer.slope.assign(maximum(layer.slope, leastSlope)));
    total += loss * chosen.length;
    batch++;
  }
  return total / count;
}

function directions(
  { trainables }: LayerInTraining,
  gradients: ReadonlyMap<string, Tensor>,
  { potentials }: LayerTrainingSettings,
): ReadonlyMap<string, Tensor> {
  if (potentials === 'neuron') return gradients;
  return new Map(
    [...gradients].map(([name, gradient]) => [
      name,
      trainables.get(name)?.role === 'initialPotential' ? alikeInChannel(gradient) : gradient,
    ]),
  );
}

function assertFinite(loss: number, { site }: SiteTask, settings: LayerTrainingSettings): void {
  if (Number.isFinite(loss)) return;
  throw new Error(
    `The loss '${settings.loss.name}' is ${loss} at the site '${site}'. Lower the learning rate (${settings.schedule(0)}).`,
  );
}

function valuesOf(parameters: ReadonlyMap<string, Trainable>): ReadonlyMap<string, Float32Array> {
  // Copies, as `dataSync` may be a view of the backend's heap.
  return new Map(
    [...parameters].map(([name, { variable }]) => [name, Float32Array.from(variable.dataSync<'float32'>())]),
  );
}

function restore(parameters: ReadonlyMap<string, Trainable>, values: ReadonlyMap<string, Float32Array>): void {
  for (const [name, { variable }] of parameters) {
    const kept = values.get(name);
    if (kept !== undefined) tidy(() => variable.assign(tensor(kept, variable.shape, 'float32')));
  }
}
