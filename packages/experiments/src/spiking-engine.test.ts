import { toInteger } from '@rheobase/converter';
import { startTensorBackend } from '@rheobase/execution';
import type { Network, Parameter, SiteDefinition } from '@rheobase/network';
import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventEngineOf, tensorEngine } from './spiking-engine.js';

beforeAll(() => startTensorBackend());

/** One population `n`, whose parts and attributes are as usual but for those that are given. */
function networkOf(
  kind: string,
  given: { readonly without?: string; readonly attributes?: SiteDefinition['attributes'] } = {},
  parts: Readonly<Record<string, Parameter>> = {},
): Network {
  const build = networkBuilder();
  const x = build.input('x', [2]);
  const dense = build.dense('d', x, { weight: float32Parameter('weight', [2, 2], [1, 0, 0, 1]) });
  const usual = {
    threshold: scalarParameter('threshold', 1),
    initialPotential: scalarParameter('initialPotential', 0.5),
  };
  const parameters = Object.entries({ ...usual, ...parts }).filter(([part]) => part !== given.without);
  const definition = { kind, parameters: Object.fromEntries(parameters), attributes: given.attributes ?? {} };
  build.output('y', build.neuron('n', dense, definition));
  return build.build();
}

const theta = (...data: number[]) => ({ threshold: float32Parameter('threshold', [data.length], data) });
const leak = (value: number) => ({ leak: scalarParameter('dynamics', value) });

const bad: readonly (readonly [what: string, network: Network, message: RegExp])[] = [
  ['θ = 0', networkOf('if', {}, theta(1, 0)), /Element 1 of its part 'threshold', .* is 0, but must be .* above 0/],
  ['θ below 0', networkOf('if-hard', {}, theta(-2, 1)), /is -2, but must be/],
  ['a leak of 5', networkOf('lif', {}, leak(5)), /'leak', .* is 5, but must be/],
  ['a leak of 0', networkOf('lif', {}, leak(0)), /'leak', .* is 0, but must be/],
  ['no V(0)', networkOf('if', { without: 'initialPotential' }), /No network parameter is named for its part 'initialP/],
  ['no θ', networkOf('signed-if', { without: 'threshold', attributes: { slope: 0.5 } }), /its part 'threshold'/],
  [
    'a wrong role',
    networkOf('if', {}, { threshold: scalarParameter('bias', 1) }),
    /role bias, but the role must be thresh/,
  ],
  ['no slope', networkOf('signed-if'), /'slope' .* must be given/],
  ['a slope of 0', networkOf('signed-if', { attributes: { slope: 0 } }), /'slope' is 0/],
  [
    'half a step',
    networkOf('if-shift', { without: 'initialPotential', attributes: { steps: 0.5 } }),
    /'steps' is 0\.5/,
  ],
  ['an unknown part', networkOf('if', {}, leak(1)), /There is no parameter 'leak'/],
  ['an unknown attribute', networkOf('if', { attributes: { slope: 1 } }), /There is no attribute 'slope'/],
  ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'].map(
    (kind) => [`the kind ${kind}`, networkOf(kind), new RegExp(`There is no neuron '${kind}'`)] as const,
  ),
];

async function refusal(start: () => unknown): Promise<string> {
  try {
    await start();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('The network was accepted.');
}

describe('a network whose neurons do not fit their definitions', () => {
  it.each(bad)(
    'is refused with the same message by both engines, and before it is rewritten in integers: %s',
    async (_, network, message) => {
      const said = await refusal(() => tensorEngine(network));
      expect(said).toMatch(message);
      expect(said).toMatch(/^n: /);
      expect(await refusal(() => eventEngineOf()(network))).toBe(said);
      expect(await refusal(() => toInteger(network, { inputMaximum: 4 }))).toBe(said);
    },
  );
});
