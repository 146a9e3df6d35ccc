import { convert, toInteger } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseEngine, type EngineChoice } from './choose-engine.js';
import type { Precision } from '../../spiking-engine.js';

const { network } = convert(glyphNet({ activation: clipSites(1) }));
const { network: bursting } = convert(glyphNet({ activation: clipSites(1) }), {
  neuron: { kind: 'burst', parameters: {}, attributes: {} },
});
const first = bursting.nodes.find(({ op }) => op === 'neuron')?.name ?? '';

beforeAll(() => startTensorBackend());

const toWholeNumbers = async (given: Network): Promise<Network> => toInteger(given, { inputMaximum: 1 }).network;

async function choose(given: Network, choice: EngineChoice, precision: Precision, threads = 1) {
  const { engine, fallback } = await chooseEngine(given, choice, precision, { threads, toWholeNumbers });
  await engine.dispose();
  return { name: engine.name, precision: engine.precision, fallback };
}

describe('chooseEngine', () => {
  it('gives the event engine where it has every kernel, on one thread or several, and tfjs where that is asked for', async () => {
    expect(await choose(network, 'auto', 'float32')).toEqual({ name: 'event', precision: 'float32' });
    expect(await choose(network, 'event', 'int8', 2)).toEqual({ name: 'event', precision: 'int8' });
    expect(await choose(network, 'tfjs', 'float32')).toEqual({ name: 'tfjs', precision: 'float32' });
  });

  it('takes tfjs where a neuron has no kernel, and names it', async () => {
    const { name, fallback } = await choose(bursting, 'auto', 'float32');
    expect(name).toBe('tfjs');
    expect(fallback).toMatch(/neuron 'burst' has a soft reset with counts, for which there is no kernel/);
    expect(fallback).toContain(first);
  });

  it('refuses, with the node’s name, where no other engine may take over', async () => {
    await expect(choose(bursting, 'event', 'float32')).rejects.toThrow(first);
    await expect(choose(bursting, 'auto', 'int8')).rejects.toThrow(first);
    await expect(chooseEngine(network, 'event', 'int8')).rejects.toThrow(/int8 needs toWholeNumbers/);
    await expect(choose(network, 'tfjs', 'int8')).rejects.toThrow(/int8 is for the event engine/);
  });
});
