// A custom neuron, defined outside the packages, and the project's contract for it.
// docs/guides/add-a-neuron.md explains it part by part; the tests of the repository compile and run this file as it stands.
// In a built checkout: pnpm exec tsc -p examples && node examples/dist/floored-neuron.js
import { convert } from '@rheobase/converter';
import { batches, defaultNormalizations, glyphs } from '@rheobase/datasets';
import { bind, startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import { attributeValues, type Network, partsOf } from '@rheobase/network';
import { defaultNeurons, type Neuron } from '@rheobase/neurons';
import { neuronChecks } from '@rheobase/neurons/conformance';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import { add, clone, mul, relu, sub, tensor } from '@tensorflow/tfjs-core';

const parameters = {
  threshold: { role: 'threshold', initial: 1, minimum: 0, nonzero: true, summary: 'θ' },
  initialPotential: { role: 'initialPotential', initial: 0, summary: 'V(0)' },
} as const;
const attributes = {
  floor: { initial: 1, minimum: 0, maximum: 1000, summary: 'κ, how far below 0 the potential can fall, in units of θ' },
} as const;

/**
 * Integrate-and-fire whose potential cannot fall below −κ·θ, so that a neuron that was held down for a while is not late for
 * ever after: V ← max(V + I, −κ·θ); s = 1 if V ≥ θ, else 0; V ← V − θ·s.
 */
const flooredIntegrateAndFire: Neuron = {
  kind: 'floored-if',
  summary: 'integrate-and-fire, soft reset, with a floor: V ← max(V + I, −κ·θ); s = [V ≥ θ]; V ← V − θ·s',
  parameters,
  attributes,
  initialState: (given) => ({ potential: clone(partsOf(parameters, given).initialPotential) }),
  step({ potential }, current, given, fixed, fire) {
    if (potential === undefined) throw new Error('There is no potential; start from initialState().');
    const { threshold } = partsOf(parameters, given);
    const { floor } = attributeValues(attributes, fixed);
    // max(x, −κ·θ), by operations whose gradients @rheobase/tfjs-wasm-training registers: BPTT goes through them.
    const free = add(potential, current);
    const charged = add(free, relu(sub(mul(threshold, -floor), free)));
    const spikes = fire(sub(charged, threshold));
    return { state: { potential: sub(charged, mul(threshold, spikes)) }, spikes };
  },
  reference(currents, values) {
    const { threshold, initialPotential } = partsOf(parameters, values);
    const { floor } = attributeValues(attributes, values);
    const [spikes, potentials]: [number[], number[]] = [[], []];
    let potential = initialPotential;
    for (const current of currents) {
      const charged = Math.max(potential + current, -floor * threshold);
      const fires = charged >= threshold ? 1 : 0;
      potential = charged - threshold * fires;
      spikes.push(fires);
      potentials.push(potential);
    }
    return { spikes, potentials };
  },
  // The floor adds charge that was never put in, so there is no `balance`, and no error ledger.
};

await startTensorBackend();
// tfjs’ entry for Node registers no gradients; the contract wants some.
await registerTrainingKernels();

// The contract that every neuron is held to. In a test file: neuronConformance(flooredIntegrateAndFire, { describe, it }).
const checks = neuronChecks(flooredIntegrateAndFire);
for (const { name, run } of checks) {
  try {
    run();
  } catch (error) {
    throw new Error(`floored-if breaks its contract: ${name}`, { cause: error });
  }
}
console.log(`floored-if keeps its contract, in ${checks.length} points`);

// Networks with it at every site, and with the plain neuron.
const neurons = defaultNeurons.with([flooredIntegrateAndFire.kind, flooredIntegrateAndFire]);
const source = glyphNet({ seed: 0, activation: clipSites(1) });
const spikesOf = async (network: Network): Promise<number> => {
  const bound = bind(network, { neurons });
  const probes = [...bound.neurons.keys()].map((node) => ({ kind: 'events', node }) as const);
  let spikes = 0;
  const images = glyphs({ split: 'test', length: 10 });
  for await (const batch of batches(images, { batchSize: 10, normalization: defaultNormalizations.get('unit') })) {
    const input = tensor(batch.images, [...batch.shape]);
    for (const { data } of bound.simulate(input, { steps: 8, probes }).records)
      for (const count of data) spikes += count;
    input.dispose();
  }
  bound.dispose();
  return spikes;
};
const floored = (floor: number) =>
  convert(source, { neuron: { kind: flooredIntegrateAndFire.kind, attributes: { floor } }, neurons }).network;
const plain = await spikesOf(convert(source).network);
for (const floor of [0, 1, 1000])
  console.log(`floor at −${floor}·θ: ${await spikesOf(floored(floor))} spikes, plain: ${plain}`);
if ((await spikesOf(floored(1000))) !== plain) throw new Error('a floor that is never reached changes nothing');
if ((await spikesOf(floored(0))) === plain) throw new Error('a floor at 0 changes something');
