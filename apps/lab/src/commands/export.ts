import { extname } from 'node:path';
import { foldBatchNorm } from '@rheobase/converter';
import type { Normalization } from '@rheobase/datasets';
import type { OnnxLayout } from '@rheobase/interop';
import { writeNir } from '@rheobase/interop/nir';
import { writeOnnxFile } from '@rheobase/interop/node';
import { inferShapes, type Network, NetworkError, type Shape, shapeAt } from '@rheobase/network';
import { recognizeFileAt, writeWholeFile } from '@rheobase/network/node';
import type { Registries } from '@rheobase/experiments/node';
import { type Command, Option } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { chooseNetwork, type NetworkOptions, sayAssumptions, withNetworkOptions } from '../choices/network-choice.js';
import {
  normalizationOf,
  describeNormalization,
  type NormalizationOptions,
  withNormalizationOptions,
} from '../choices/normalization-choice.js';
import { fileEndingIn, integerFrom } from '../choices/option-values.js';
import { assertNoneSilent, silentBecause } from '../choices/silent-options.js';
import { stepsIn } from '../choices/steps-fit.js';
import { prepareOutputFile } from '../output/output-file.js';

type Options = NetworkOptions &
  NormalizationOptions & {
    readonly out: string;
    readonly format?: 'onnx' | 'nir';
    readonly layout: OnnxLayout;
    readonly initialPotential: 'metadata' | 'bias';
    readonly steps?: number;
    readonly keepBatchNorms?: boolean;
    readonly json?: boolean;
  };

/** `rheobase export`: an analog network as an ONNX file, or a spiking one as a NIR file, for other programs. */
export function exportCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('export')
    .description(
      'write a trained network as an ONNX file for other runtimes, its batch norms folded, or a spiking one as a NIR file for neuromorphic simulators',
    )
    .requiredOption('--out <file>', 'where to write the model, an .onnx or .nir file', fileEndingIn('.onnx', '.nir'))
    .addOption(new Option('--format <name>', 'of the file (default: as its name ends)').choices(['onnx', 'nir']))
    .addOption(
      new Option('--layout <order>', 'of onnx: layout of images in its inputs and outputs')
        .choices(['NHWC', 'NCHW'])
        .default('NHWC'),
    )
    .option('--keep-batch-norms', 'of onnx: write batch norms unfolded')
    .addOption(
      new Option(
        '--initial-potential <place>',
        'of nir: V(0) in metadata, which few readers know, or as a bias of the layer before, spread over --steps',
      )
        .choices(['metadata', 'bias'])
        .default('metadata'),
    )
    .option(
      '--steps <T>',
      'of nir: time steps of that bias (default: those that the network was made for)',
      integerFrom(1),
    )
    .option('--json', 'print one line of JSON');
  withNormalizationOptions(withNetworkOptions(command), 'the network’s own').action(
    async (options: Options, used: Command) => {
      const ending = extname(options.out).toLowerCase().slice(1);
      const format = options.format ?? ending;
      if (format !== ending) {
        throw new Error(
          `--format ${format} and --out ${options.out} contradict each other: give a file that ends in .${format}.`,
        );
      }
      assertNoneSilent(
        used,
        format === 'nir'
          ? silentBecause('it is for ONNX', ['layout', 'keepBatchNorms'])
          : silentBecause('it is for NIR', ['initialPotential', 'steps', 'dt', 'reset', 'fires']),
      );
      await prepareOutputFile(options.out);
      // The time step is for what is written, unless a NIR file is read.
      const { dt: _, ...withoutStep } = options;
      const readsNir = options.network !== undefined && recognizeFileAt(options.network)?.kind === 'hdf5';
      const chosen = await chooseNetwork(readsNir ? options : withoutStep, registries, output);
      sayAssumptions(output, chosen, options);
      const known = options.normalization ?? chosen.normalization;
      const figures = known === undefined ? undefined : normalizationOf(options, chosen, output);
      try {
        if (format === 'nir') await exportNir(chosen.network, options, figures, registries, output);
        else await exportOnnx(chosen.network, options, figures, output);
      } catch (error) {
        if (error instanceof NetworkError)
          throw new Error(refusal(options.network ?? chosen.label, error), { cause: error });
        throw error;
      }
    },
  );
}

/** Why a network cannot be written, with what was given to be written; a problem of the whole network needs no further name. */
function refusal(given: string, { problems, message }: NetworkError): string {
  const [only, ...more] = problems;
  return more.length === 0 && only?.subject === 'network' ? `${given}: ${only.message}` : `${given}: ${message}`;
}

async function exportOnnx(
  given: Network,
  options: Options,
  figures: Normalization | undefined,
  output: CommandOutput,
): Promise<void> {
  const normalization = figures?.name;
  const network = options.keepBatchNorms === true ? given : foldBatchNorm(given);
  await writeOnnxFile(
    options.out,
    { ...network, metadata: { ...network.metadata, ...(normalization !== undefined && { normalization }) } },
    { layout: options.layout },
  );
  const shapes = inferShapes(network);
  const named = (op: 'input' | 'output') =>
    network.nodes
      .filter((node) => node.op === op)
      .map(({ name }) => ({ name, shape: laidOut(shapeAt(shapes, name), options.layout) }));
  const result = {
    out: options.out,
    format: 'onnx',
    layout: options.layout,
    normalization: normalization ?? null,
    ...(figures && { mean: figures.mean, std: figures.std }),
    inputs: named('input'),
    outputs: named('output'),
  };
  writeResult(output, options, result, () => {
    const listed = (values: typeof result.inputs) =>
      values.map(({ name, shape }) => `${name} [N, ${shape.join(', ')}]`).join(', ');
    return [
      `written to ${options.out}`,
      `reads ${listed(result.inputs)}, gives ${listed(result.outputs)}` +
        (figures === undefined ? '' : `, pixels normalized by ${describeNormalization(figures)}`),
    ].join('\n');
  });
}

async function exportNir(
  network: Network,
  options: Options,
  figures: Normalization | undefined,
  { neurons }: Registries,
  output: CommandOutput,
): Promise<void> {
  const { out, initialPotential, dt } = options;
  const steps = options.steps ?? stepsIn(network.metadata['steps']);
  if (initialPotential === 'bias' && steps === undefined) {
    throw new Error('--initial-potential bias needs --steps T, the time steps that V(0) is spread over.');
  }
  const { bytes, report } = await writeNir(network, {
    initialPotential,
    neurons,
    ...(steps !== undefined && { steps }),
    ...(dt !== undefined && { dt }),
  });
  await writeWholeFile(out, bytes);
  const result = { out, format: 'nir', normalization: figures?.name ?? null, ...report };
  writeResult(output, options, result, () =>
    [
      `written to ${out}: ${Object.entries(report.primitives)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')}`,
      ...report.notes.map((note) => `note: ${note}`),
      ...(figures === undefined ? [] : [`Its inputs are pixels normalized by ${describeNormalization(figures)}.`]),
    ].join('\n'),
  );
}

/** The shape of a value in the model's layout, without the batch. */
function laidOut(shape: Shape, layout: OnnxLayout): Shape {
  const channels = shape.at(-1);
  return layout === 'NCHW' && shape.length === 3 && channels !== undefined ? [channels, ...shape.slice(0, 2)] : shape;
}
