import { readFile } from 'node:fs/promises';
import { bind, type BoundNetwork, startTensorBackend, usingResult } from '@rheobase/execution';
import type { NetworkOfFile, NetworkPort, Registries } from '@rheobase/experiments/node';
import {
  describeShape,
  isSpiking,
  type Network,
  otherThan,
  readSafetensors,
  type SafeTensor,
  sameShape,
  sizeOf as elementsOf,
  textTable,
  toFloat32,
  writeSafetensors,
} from '@rheobase/network';
import { fileReason, writeWholeFile } from '@rheobase/network/node';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Command } from 'commander';
import { withSizeOption } from '../choices/folder-choice.js';
import { withNirOptions } from '../choices/nir-choice.js';
import { type FileOptions, networkAt } from '../choices/network-choice.js';
import { fileEndingIn, integerFrom, path } from '../choices/option-values.js';
import { assertStepsFit, ownSteps } from '../choices/steps-fit.js';
import { type CommandOutput, say, writeResult } from '../output/command-output.js';
import { prepareOutputFile } from '../output/output-file.js';

interface Options extends FileOptions {
  readonly network: string;
  readonly input: string;
  readonly output: string;
  readonly steps?: number;
  readonly json?: boolean;
}

/** `rheobase run`: the outputs of a network for given tensors, in the layout of its file. */
export function runCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('run')
    .description('run a network on tensors of a file and write its outputs, in the layout of the network’s file')
    .requiredOption(
      '--network <path>',
      'a network that rheobase wrote, the folder of a run, an ONNX model or a NIR file',
      path,
    )
    .requiredOption('--input <file>', 'safetensors with a tensor for each input, by its name, batch first', path)
    .requiredOption(
      '--output <file>',
      'where to write the outputs by their names, a .safetensors file',
      fileEndingIn('.safetensors'),
    )
    .option('--steps <T>', 'time steps of a spiking network (default: those it was made for)', integerFrom(1, 100_000))
    .option('--json', 'print one line of JSON');
  withNirOptions(withSizeOption(command)).action(async (options: Options) => {
    await prepareOutputFile(options.output);
    const read = await networkAt(options.network, options);
    const { network } = read;
    for (const note of read.notes) say(output, `note: ${note}.`.replace(/\.\.$/, '.'));
    if (!isSpiking(network) && options.steps !== undefined) {
      throw new Error(`--steps is for spiking networks, and ${options.network} is analog. Omit it.`);
    }
    const samples = inputsOf(read, await tensorsIn(options.input), options.input);
    const steps = isSpiking(network) ? (options.steps ?? framesOf(samples) ?? ownSteps(network)) : undefined;
    if (steps !== undefined) assertStepsFit(network, steps);
    await startTensorBackend();
    const values = outputsFor(network, samples, steps, registries);
    const outputs = read.outputs.map((port) => tensorOf(port, values.get(port.node ?? '') ?? new Float32Array()));
    await writeWholeFile(options.output, writeSafetensors(new Map(outputs.map(({ name, ...own }) => [name, own])), {}));
    const result = {
      output: options.output,
      samples: samples.count,
      ...(steps !== undefined && { steps }),
      outputs: outputs.map(({ name, shape }) => ({ name, shape })),
    };
    writeResult(output, options, result, () =>
      [
        textTable([['output', 'shape'], ...result.outputs.map(({ name, shape }) => [name, describeShape(shape)])]),
        `written to ${options.output}`,
      ].join('\n'),
    );
  });
}

async function tensorsIn(file: string): Promise<ReadonlyMap<string, SafeTensor>> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(`${file}: it cannot be read (${fileReason(error)}).`, { cause: error });
  });
  const other = otherThan(bytes, ['safetensors'], 'a safetensors file of inputs');
  if (other !== undefined) throw new Error(`${file}: ${other}`);
  return readSafetensors(bytes, file).tensors;
}

/** What a network is given, in its own layout. */
interface Samples {
  readonly count: number;
  /** By input node; with frames `[T, count, …shape]`. */
  readonly inputs: readonly {
    readonly node: string;
    readonly shape: readonly number[];
    readonly values: Float32Array;
    readonly frames: number | undefined;
  }[];
}

/** Whether the first axis of a port is the batch; else one sample is all of it. */
function hasBatch({ shape, sampleShape }: NetworkPort): boolean {
  return shape.length > sampleShape.length;
}

/** @throws naming the file and the tensor that is missing, is none of the inputs, or has another shape. */
function inputsOf(read: NetworkOfFile, tensors: ReadonlyMap<string, SafeTensor>, file: string): Samples {
  const spiking = isSpiking(read.network);
  const names = read.inputs.map(({ name }) => `'${name}'`).join(', ');
  for (const name of tensors.keys()) {
    if (!read.inputs.some((port) => port.name === name)) {
      throw new Error(`${file}: the tensor '${name}' is none of the network's inputs; it has ${names}.`);
    }
  }
  const nodes = new Map(read.network.nodes.flatMap((node) => (node.op === 'input' ? [[node.name, node.shape]] : [])));
  const inputs = read.inputs.flatMap((port) => {
    const { name, node, sampleShape } = port;
    const given = tensors.get(name);
    if (node === undefined) return [];
    if (given === undefined) throw new Error(`${file}: holds no tensor '${name}'; the network's inputs are ${names}.`);
    const batched = hasBatch(port) ? 1 : 0;
    const leading = given.shape.length - sampleShape.length;
    const framed = spiking && leading === batched + 1;
    if (!(leading === batched || framed) || !sameShape(given.shape.slice(leading), sampleShape)) {
      const wanted = [...(batched === 1 ? ['N'] : []), ...sampleShape].join(', ');
      throw new Error(
        `${file}: the tensor '${name}' is ${describeShape(given.shape)}, and the network takes [${wanted}]` +
          `${spiking ? `, or [T, ${wanted}] with a frame for each time step` : ''}.`,
      );
    }
    const values = port.toNetwork(toFloat32(given, name));
    const bad = values.find((value) => !Number.isFinite(value));
    if (bad !== undefined)
      throw new Error(`${file}: the tensor '${name}' holds ${bad}; a network takes finite values.`);
    const frames = framed ? given.shape[0] : undefined;
    return [{ node, shape: nodes.get(node) ?? [], values, frames, name }];
  });
  const counts = inputs.map(({ values, shape, frames = 1 }) => values.length / frames / elementsOf(shape));
  const [count = 1] = counts;
  const at = counts.findIndex((other) => other !== count);
  if (at >= 0) {
    throw new Error(`${file}: '${inputs[at]?.name}' holds ${counts[at]} samples, and '${inputs[0]?.name}' ${count}.`);
  }
  return { count, inputs };
}

function framesOf({ inputs }: Samples): number | undefined {
  return inputs.find(({ frames }) => frames !== undefined)?.frames;
}

/** The samples at a time that fit in memory. */
const mostAtOnce = 64;

/** The values of the output nodes for all samples; those of a spiking network after its last step. */
function outputsFor(
  network: Network,
  samples: Samples,
  steps: number | undefined,
  registries: Registries,
): ReadonlyMap<string, Float32Array> {
  const parts = new Map<string, Float32Array[]>();
  const bound = bind(network, registries);
  try {
    const atOnce = Math.max(1, bound.fittingBatch({ most: mostAtOnce }));
    for (let from = 0; from < samples.count; from += atOnce) {
      const to = Math.min(from + atOnce, samples.count);
      for (const [name, values] of valuesOf(bound, samples, from, to, steps)) {
        parts.set(name, [...(parts.get(name) ?? []), values]);
      }
    }
  } finally {
    bound.dispose();
  }
  return new Map([...parts].map(([name, all]) => [name, concatenated(all)]));
}

function valuesOf(
  bound: BoundNetwork,
  { count, inputs }: Samples,
  from: number,
  to: number,
  steps: number | undefined,
): ReadonlyMap<string, Float32Array> {
  const batch: Record<string, Tensor> = Object.fromEntries(
    inputs.map(({ node, shape, values, frames }): [string, Tensor] => {
      const size = elementsOf(shape);
      if (frames === undefined) {
        return [node, tensor(values.slice(from * size, to * size), [to - from, ...shape], 'float32')];
      }
      const cut = concatenated(
        Array.from({ length: frames }, (_, t) => values.subarray((t * count + from) * size, (t * count + to) * size)),
      );
      return [node, tensor(cut, [frames, to - from, ...shape], 'float32')];
    }),
  );
  try {
    if (steps === undefined) {
      return usingResult(
        bound.run(batch, { finite: true }),
        ({ outputs }) => new Map([...outputs].map(([name, value]) => [name, Float32Array.from(value.dataSync())])),
      );
    }
    const { outputs } = bound.simulate(batch, { steps });
    return new Map(
      [...outputs].map(([name, { data }]) => [
        name,
        Float32Array.from(data.subarray(data.length - data.length / steps)),
      ]),
    );
  } finally {
    for (const value of Object.values(batch)) value.dispose();
  }
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function tensorOf(port: NetworkPort, values: Float32Array): SafeTensor & { readonly name: string } {
  const data = port.fromNetwork(values);
  const count = data.length / elementsOf(port.sampleShape);
  const shape = hasBatch(port) ? [count, ...port.sampleShape] : port.sampleShape;
  return { name: port.name, dtype: 'F32', shape, data };
}
