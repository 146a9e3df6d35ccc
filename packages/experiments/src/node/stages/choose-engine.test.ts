import { convert, toInteger } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import { clipSites, glyphNet } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { float32Parameter, networkBuilder } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { chooseEngine, type EngineChoice } from './choose-engine.js';
import type { Precision } from '../../spiking-engine.js';

const { network } = convert(glyphNet({ activation: clipSites(1) }));

/** A network with a layer that reads more places than the kernels of spikes can count. */
function wideNetwork(): Network {
  const build = networkBuilder();
  const inputs = 70_000;
  const cells = build.neuron('cells', build.input('x', [inputs]), {
    kind: 'if',
    parameters: {
      threshold: float32Parameter('threshold', [], [1]),
      initialPotential: float32Parameter('initialPotential', [], [0]),
    },
  });
  const weight = float32Parameter(
    'weight',
    [inputs, 1],
    Array.from({ length: inputs }, () => 1 / inputs),
  );
  build.output('y', build.dense('wide', cells, { weight }));
  return build.build();
}
const wide = wideNetwork();

beforeAll(() => startTensorBackend());

const toIntegerNetwork = async (given: Network): Promise<Network> => toInteger(given, { inputMaximum: 1 }).network;

async function choose(given: Network, choice: EngineChoice, precision: Precision, threads = 1) {
  const { engine, fallback } = await chooseEngine(given, choice, precision, { threads, toIntegerNetwork });
  await engine.dispose();
  return { name: engine.name, precision: engine.precision, fallback };
}

describe('chooseEngine', () => {
  it('gives the event engine where it has every kernel, on one thread or several, and tfjs where that is asked for', async () => {
    expect(await choose(network, 'auto', 'float32')).toEqual({ name: 'event', precision: 'float32' });
    expect(await choose(network, 'event', 'int8', 2)).toEqual({ name: 'event', precision: 'int8' });
    expect(await choose(network, 'tfjs', 'float32')).toEqual({ name: 'tfjs', precision: 'float32' });
  });

  it('takes tfjs where there is no kernel for a node, and names it', async () => {
    const { name, fallback } = await choose(wide, 'auto', 'float32');
    expect(name).toBe('tfjs');
    expect(fallback).toMatch(/^wide: the event engine cannot run it: .* 65536 places/);
  });

  it('refuses, with the node’s name, where no other engine may take over', async () => {
    await expect(choose(wide, 'event', 'float32')).rejects.toThrow(/^wide: /);
    await expect(choose(wide, 'auto', 'int8')).rejects.toThrow(/^wide: /);
    await expect(chooseEngine(network, 'event', 'int8')).rejects.toThrow(/int8 needs toIntegerNetwork/);
    await expect(choose(network, 'tfjs', 'int8')).rejects.toThrow(/int8 is for the event engine/);
  });
});
