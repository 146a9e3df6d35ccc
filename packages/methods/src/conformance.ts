import { tensorSimulator } from '@rheobase/execution';
import type { ConformanceCheck, TestFramework } from '@rheobase/network/conformance';
import { assertThat, layOut } from '@rheobase/network/conformance';
import { encodeNetwork, optionProblems, validateNetwork } from '@rheobase/network';
import { memory } from '@tensorflow/tfjs-core';
import { exampleImages, exampleTask } from './conformance/example-task.js';
import type { ConversionMethod, ConversionTask, ConvertedNetwork, GivenOptions } from './conversion-method.js';
import type { CountingProbe } from './procedure.js';

export type { TestFramework } from '@rheobase/network/conformance';

/** One sentence of the contract, and what rejects where it does not hold. */
export interface MethodCheck extends Pick<ConformanceCheck, 'name'> {
  readonly run: () => Promise<void>;
}

/**
 * The checks that every conversion method must pass, for a framework without `describe` and `it`.
 *
 * @param options those it is tried with: quick ones
 */
export function conversionMethodChecks(method: ConversionMethod, options: GivenOptions = {}): readonly MethodCheck[] {
  const task = (steps = 4): ConversionTask => exampleTask(method.needs.network, steps);
  const convert = (given: ConversionTask = task()): Promise<ConvertedNetwork> => method.convert(given, options);
  const bytesOf = ({ network }: Pick<ConvertedNetwork, 'network'>): string => `${encodeNetwork(network)}`;
  const refuses = async (given: ConversionTask, with_: GivenOptions): Promise<string> =>
    method.convert(given, with_).then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  const probesOf = ({ network }: ConvertedNetwork): readonly CountingProbe[] =>
    network.nodes.flatMap(({ op, name }): readonly CountingProbe[] =>
      op === 'neuron'
        ? [
            { kind: 'events', node: name },
            { kind: 'spikes', node: name },
            { kind: 'spike-count', node: name },
          ]
        : [],
    );
  const simulate = async (converted: ConvertedNetwork, steps: number) => {
    const batch = exampleImages(5, 3);
    const simulator = tensorSimulator(converted.network);
    try {
      const probes = probesOf(converted);
      return await converted.procedure.simulate(simulator, batch, { steps, probes });
    } finally {
      simulator.dispose();
    }
  };

  return [
    {
      name: 'has a name, a summary, a paper, and options that take their own defaults',
      run: async () => {
        const { name, summary, paper } = method;
        const said = [
          name,
          summary,
          paper.title,
          paper.reference,
          ...Object.values(method.options).map((o) => o.summary),
        ];
        assertThat(
          said.every((text) => text.length > 0),
          () => 'Something of it is said with no words.',
        );
        const defaults = Object.fromEntries(
          Object.entries(method.options).map(([key, option]) => [key, option.default]),
        );
        const [problem] = optionProblems(name, method.options, defaults);
        assertThat(problem === undefined, () => problem?.message ?? '');
      },
    },
    {
      name: 'gives a well-formed spiking network with a neuron at every site',
      run: async () => {
        const { network } = await convert();
        const [problem] = validateNetwork(network);
        assertThat(problem === undefined, () => `${problem?.subject}: ${problem?.message}`);
        const sites = task().network.nodes.filter(({ op }) => op === 'activation');
        for (const { name } of sites) {
          const node = network.nodes.find((other) => other.name === name);
          assertThat(node?.op === 'neuron', () => `At '${name}' stands ${node?.op ?? 'nothing'}.`);
        }
        assertThat(!network.nodes.some(({ op }) => op === 'activation'), () => 'An activation is left.');
      },
    },
    {
      name: 'leaves the network and the images that it is given as they are',
      run: async () => {
        const given = task();
        await convert(given);
        const [is, was] = [given, task()];
        assertThat(bytesOf(is) === bytesOf(was), () => 'It has changed the network that it was given.');
        assertThat(
          `${is.images?.calibration.images}` === `${was.images?.calibration.images}`,
          () => 'It has changed images.',
        );
      },
    },
    {
      name: 'gives the same bytes for the same task',
      run: async () => {
        const [one, other] = [await convert(), await convert()];
        assertThat(bytesOf(one) === bytesOf(other), () => 'Two conversions give two networks.');
      },
    },
    {
      name: 'gives one network for every T, where it says that T does not matter',
      run: async () => {
        if (method.dependsOnSteps(options)) return;
        const [one, other] = [await convert(task(2)), await convert(task(7))];
        assertThat(bytesOf(one) === bytesOf(other), () => 'T = 2 and T = 7 give two networks.');
      },
    },
    {
      name: 'answers from the first step after those before on, and not earlier',
      run: async () => {
        const converted = await convert();
        const { stepsBefore } = converted.procedure;
        const steps = stepsBefore + 3;
        const { outputs } = await simulate(converted, steps);
        for (const [name, { data, shape }] of outputs) {
          const size = data.length / steps;
          assertThat(shape[0] === steps, () => `'${name}' has ${shape[0]} steps of ${steps}.`);
          data.forEach((value, i) => {
            const t = Math.floor(i / size) + 1;
            assertThat(Number.isNaN(value) === t <= stepsBefore, () => `After step ${t} '${name}' is ${value}.`);
          });
        }
      },
    },
    {
      name: 'counts the spikes of all T steps, the same by step, by neuron and in total',
      run: async () => {
        const converted = await convert();
        const steps = converted.procedure.stepsBefore + 3;
        const { records } = await simulate(converted, steps);
        for (let k = 0; k < records.length; k += 3) {
          const [events, spikes, counts] = [records[k], records[k + 1], records[k + 2]];
          const size = (spikes?.data.length ?? 0) / steps;
          assertThat(events?.data.length === steps, () => `${events?.data.length} steps of ${steps} have events.`);
          const perStep = Array.from({ length: steps }, (_, t) =>
            [...(spikes?.data.subarray(t * size, (t + 1) * size) ?? [])].reduce((sum, s) => sum + Math.abs(s), 0),
          );
          assertThat(`${perStep}` === `${events?.data}`, () => `Events are ${events?.data}, spikes ${perStep}.`);
          const summed = Array.from({ length: size }, (_, i) =>
            Array.from({ length: steps }, (_step, t) => spikes?.data[t * size + i] ?? 0).reduce((a, b) => a + b, 0),
          );
          assertThat(`${summed}` === `${counts?.data}`, () => 'Counts are not the sums of spikes.');
        }
      },
    },
    {
      name: 'gives after t steps of a long run what a run of t steps gives',
      run: async () => {
        const converted = await convert();
        const { stepsBefore } = converted.procedure;
        const [long, short] = [await simulate(converted, stepsBefore + 4), await simulate(converted, stepsBefore + 2)];
        for (const [name, { data }] of short.outputs) {
          const part = long.outputs.get(name)?.data.subarray(0, data.length);
          assertThat(`${part}` === `${data}`, () => `'${name}' differs.`);
        }
        if (stepsBefore === 0) return;
        const { outputs } = await simulate(converted, 1);
        for (const { data } of outputs.values()) {
          assertThat(data.every(Number.isNaN), () => 'A run that ends before there is an answer gives one.');
        }
      },
    },
    {
      name: 'refuses an option that it does not have, neurons, and to do without images that it needs',
      run: async () => {
        const unknown = await refuses(task(), { ...options, 'no such option': 1 });
        assertThat(unknown.includes("'no such option'"), () => `An unknown option gives: ${unknown}`);
        const { network } = await convert();
        const again = await refuses({ ...task(), network }, options);
        assertThat(/^a(?:, b, c)?: /.test(again), () => `A spiking network gives: ${again}`);
        if (method.needs.images === 'none') return;
        const { images: _, ...without } = task();
        const blind = await refuses(without, options);
        assertThat(blind.includes('images'), () => `Without images it gives: ${blind}`);
      },
    },
    {
      name: 'frees every tensor',
      run: async () => {
        const before = memory().numTensors;
        await simulate(await convert(), 3);
        assertThat(memory().numTensors === before, () => `${memory().numTensors - before} tensors are left.`);
      },
    },
  ];
}

/**
 * Holds a conversion method to its contract, on tfjs' current backend when the tests run; a method with gradients needs
 * `registerTrainingKernels()` before:
 *
 *     import { describe, it } from 'vitest';
 *     import { conversionMethodConformance } from '@rheobase/methods/conformance';
 *     conversionMethodConformance(myMethod, { describe, it });
 *
 * @param options those it is tried with: quick ones
 */
export function conversionMethodConformance(
  method: ConversionMethod,
  framework: TestFramework,
  options: GivenOptions = {},
): void {
  layOut(`conversion method '${method.name}'`, conversionMethodChecks(method, options), framework);
}
