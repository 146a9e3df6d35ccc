// Runs in a page: `globalThis.spikes` holds what the test asks for. It is all that a page needs to run a spiking network.
import { eventEngine } from '@rheobase/event-engine';
import { decodeNetwork } from '@rheobase/network';

/** Fetches a network and runs it on images; gives the spikes of a node as a word for each image and neuron, and the read-out. */
async function simulate(
  url: string,
  { shape, data }: { readonly shape: readonly number[]; readonly data: readonly number[] },
  { steps, node }: { readonly steps: number; readonly node: string },
): Promise<object> {
  const response = await fetch(url);
  const network = decodeNetwork(new Uint8Array(await response.arrayBuffer()), url);
  const engine = await eventEngine(network);
  const batch = { shape, images: Float32Array.from(data) };
  const { outputs, records } = engine.simulate(batch, { steps, probes: [{ kind: 'spikes', node }] });
  return {
    precision: engine.precision,
    spikes: [...(records[0]?.data ?? [])],
    outputs: [...outputs.values()].map((output) => [...output.data]),
  };
}

Object.assign(globalThis, { spikes: { simulate } });
