import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { defaultActivations } from '@rheobase/activations';
import { bind, liveParameter, type ModelRegistries, startTensorBackend } from '@rheobase/execution';
import { defaultNeurons } from '@rheobase/neurons';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { dispose, tensor, tidy } from '@tensorflow/tfjs-core';
import { differentiate } from '../differentiate.js';
import { forwardOf } from '../forward-of.js';
import { lossOf } from '../loss-of.js';
import { teacherFrom } from '../teacher.js';
import { trainablesOf } from '../trainables.js';
import type { GradientReply, GradientTask, GradientThreadStart, ModelModule } from './gradient-protocol.js';
import { read, sharedLayout } from './shared-layout.js';

const port = parentPort;
if (isMainThread || port === null)
  throw new Error('This module is one thread of a gradient pool; gradientPool starts it.');
const reply = (message: GradientReply): void => port.postMessage(message);

/** Answers with what `work` gives, or with what went wrong. */
async function answering(work: () => GradientReply | Promise<GradientReply>): Promise<void> {
  try {
    reply(await work());
  } catch (error) {
    reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

await answering(async () => {
  const answer = await prepare(workerData as GradientThreadStart);
  port.on('message', (task: GradientTask) => void answering(() => answer(task)));
  return { kind: 'ready' };
});

/** The built-in models, and those of modules. */
async function registriesOf(modules: readonly string[]): Promise<ModelRegistries> {
  let [neurons, activations] = [defaultNeurons, defaultActivations];
  for (const url of modules) {
    const { default: added } = (await import(url)) as ModelModule;
    neurons = neurons.with(...(added.neurons ?? []).map((neuron) => [neuron.kind, neuron] as const));
    activations = activations.with(...(added.activations ?? []).map((one) => [one.kind, one] as const));
  }
  return { neurons, activations };
}

/** Binds the networks of this thread, and gives what answers tasks. */
async function prepare(start: GradientThreadStart): Promise<(task: GradientTask) => GradientReply> {
  await startTensorBackend();
  const { deterministic, winograd, sparseConvolutions } = start;
  await registerTrainingKernels({ deterministic, winograd, sparseConvolutions });
  const registries = await registriesOf(start.modules);
  const bound = bind(start.network, registries);
  const chosen = new Set(start.trainables);
  const objective = {
    bound,
    trainables: trainablesOf(bound, (name) => chosen.has(name)),
    loss: lossOf(start.loss),
    teacher: start.teacher && teacherFrom(bind(start.teacher, registries)),
    forward: forwardOf(start.forward),
  };
  const layout = sharedLayout(start.network, objective.trainables.keys());
  let present: number | undefined;

  return ({ step, part, results }) => {
    if (step !== present) {
      for (const stretch of layout.parameters) {
        const values = read(start.parameters, stretch);
        tidy(() => liveParameter(bound.live, stretch.name).assign(tensor(values, [...stretch.shape], 'float32')));
      }
      present = step;
    }
    const { loss, gradients, statistics } = differentiate(objective, part);
    for (const { name, offset } of layout.gradients) {
      const gradient = gradients.get(name);
      if (gradient !== undefined) results.set(gradient.dataSync<'float32'>(), offset);
    }
    const counts = new Map<string, number>();
    for (const { node, mean, variance } of layout.statistics) {
      const own = statistics.get(node);
      if (own === undefined) continue;
      results.set(own.mean.dataSync<'float32'>(), mean.offset);
      results.set(own.variance.dataSync<'float32'>(), variance.offset);
      counts.set(node, own.count);
    }
    dispose([...gradients.values()]);
    for (const { mean, variance } of statistics.values()) dispose([mean, variance]);
    return { kind: 'done', loss, counts };
  };
}
