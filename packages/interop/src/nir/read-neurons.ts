import type { Fires, ReadNirOptions, Reset, Word } from './nir-options.js';
import type { Fields } from './nir-fields.js';
import type { Elements, NetworkWriter } from './network-writer.js';
import type { NirValueShape } from './nir-value.js';
import { elementsFor } from './read-layers.js';

/** How a population was read. */
export interface ReadNeurons {
  readonly value: NirValueShape;
  readonly fires: Fires;
  readonly reset: Reset;
  readonly by: { readonly fires: Word; readonly reset: Word };
}

function choose<Choice extends string>(
  fields: Fields,
  name: string,
  choices: readonly [nir: Choice, other: Choice],
  option: Choice | undefined,
): readonly [Choice, Word] {
  if (option !== undefined) return [option, 'option'];
  const given = fields.node.metadata.get(name);
  if (given === undefined) return [choices[0], 'NIR'];
  const found = choices.find((choice) => given.kind === 'text' && choice === given.text);
  if (found === undefined) return fields.fail(`its metadata '${name}' is not ${choices.join(' or ')}`);
  return [found, 'metadata'];
}

/**
 * IF and LIF. A network's neuron resets to 0 and its V decays towards 0, so its V is NIR's v − v_reset:
 *
 *     IF:   V ← V + r·I
 *     LIF:  V ← (1 − dt/τ)·V + (dt/τ)·(r·I + v_leak − v_reset)      forward Euler, as Norse and snnTorch take τ·dv/dt = (v_leak − v) + r·I
 *     a spike at V > v_threshold − v_reset (or ≥), then V ← 0, or with a soft reset V ← V − (v_threshold − v_reset)
 *
 * A spike is worth one. v is 0 before the first step, where NIR says nothing; metadata `initial_potential` say otherwise.
 */
export function readNeurons(
  fields: Fields,
  input: NirValueShape,
  writer: NetworkWriter,
  options: ReadNirOptions,
): ReadNeurons {
  const leaky = fields.node.type === 'LIF';
  const size = input.shape.reduce((product, length) => product * length, 1);
  const field = (name: string): ((i: number) => number) => {
    const { shape, data } = fields.array(name);
    const all = elementsFor(fields, name, shape, data, input);
    return (i) => all[all.length === 1 ? 0 : i] ?? Number.NaN;
  };
  const none = (): number => 0;
  const each = (value: (i: number) => number): Elements => {
    const all = Float64Array.from({ length: size }, (_, i) => value(i));
    return all.every((x) => x === all[0]) ? all.slice(0, 1) : all;
  };
  const [r, threshold] = [field('r'), field('v_threshold')];
  // Files of version 0.1 have no v_reset; it was 0.
  const rest = fields.has('v_reset') ? field('v_reset') : none;
  const theta = each((i) => threshold(i) - rest(i));
  if (!theta.every((x) => x > 0))
    fields.fail('its v_threshold is not above v_reset everywhere, so that it would fire without end');

  const [fires, firesBy] = choose<Fires>(fields, 'fires', ['above', 'at'], options.fires);
  const [reset, resetBy] = choose<Reset>(fields, 'reset', ['hard', 'soft'], options.reset);
  const { dt } = options;
  let [factor, offset, leak]: [Elements, Elements, Elements | undefined] = [each(r), [0], undefined];
  if (leaky) {
    if (dt === undefined) {
      return fields.fail(
        'its time constant is in seconds, so it needs the length of a time step: give dt, in seconds (--dt)',
      );
    }
    const [tau, target] = [field('tau'), field('v_leak')];
    const share = each((i) => dt / tau(i));
    if (!share.every((x) => x > 0 && x <= 1)) {
      fields.fail(`its time constant tau must be at least dt = ${dt} s, or a step would overshoot; give a shorter dt`);
    }
    const at = (i: number): number => dt / tau(i);
    factor = each((i) => at(i) * r(i));
    offset = each((i) => at(i) * (target(i) - rest(i)));
    leak = each((i) => 1 - at(i));
  }
  const current = writer.affine(`${fields.node.name}.current`, input, factor, offset);
  const start = fields.node.metadata.get('initial_potential');
  const before =
    start?.kind === 'numbers' ? elementsFor(fields, 'initial_potential', start.shape, start.data, input) : [0];
  const potential = each((i) => (before[before.length === 1 ? 0 : i] ?? 0) - rest(i));
  const keeps = leak === undefined || leak.every((x) => x === 1);
  const kind = `${keeps ? 'if' : 'lif'}${reset === 'hard' ? '-hard' : ''}${fires === 'above' ? '-above' : ''}`;
  const name = writer.name(fields.node.name);
  const parameters = {
    threshold: writer.parameter('threshold', input, theta),
    initialPotential: writer.parameter('initialPotential', input, potential),
    ...(!keeps && leak !== undefined && { leak: writer.parameter('dynamics', input, leak) }),
  };
  const named = Object.entries(parameters).map(
    ([part, parameter]) => [part, writer.build.parameter(`${name}.${part}`, parameter)] as const,
  );
  const node = writer.build.node({
    op: 'neuron',
    name,
    inputs: [current.node],
    neuron: { kind, parameters: Object.fromEntries(named), attributes: {} },
    spikeValue: 'one',
  });
  return { value: { ...input, node }, fires, reset, by: { fires: firesBy, reset: resetBy } };
}
