import { foldBatchNorm } from '@rheobase/converter';
import type { OnnxLayout } from '@rheobase/interop';
import { writeOnnxFile } from '@rheobase/interop/node';
import { inferShapes, type Shape, shapeAt } from '@rheobase/network';
import type { Registries } from '@rheobase/experiments/node';
import { type Command, Option } from 'commander';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { chooseNetwork, type NetworkOptions, sayAssumptions, withNetworkOptions } from '../choices/network-choice.js';
import {
  chooseNormalization,
  describeNormalization,
  type NormalizationOptions,
  withNormalizationOptions,
} from '../choices/normalization-choice.js';
import { fileEndingIn } from '../choices/option-values.js';
import { prepareOutputFile } from '../output/output-file.js';

type Options = NetworkOptions &
  NormalizationOptions & {
    readonly out: string;
    readonly layout: OnnxLayout;
    readonly keepBatchNorms?: boolean;
    readonly json?: boolean;
  };

/** `rheobase export`: an analog network as an ONNX file, for other runtimes. */
export function exportCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('export')
    .description('write a trained network as an ONNX file, for other runtimes; its batch norms are folded')
    .requiredOption('--out <file>', 'where to write the model, an .onnx file', fileEndingIn('.onnx'))
    .addOption(
      new Option('--layout <order>', 'layout of images in its inputs and outputs')
        .choices(['NHWC', 'NCHW'])
        .default('NHWC'),
    )
    .option('--keep-batch-norms', 'write batch norms unfolded')
    .option('--json', 'print one line of JSON');
  withNormalizationOptions(withNetworkOptions(command), 'the network’s own').action(async (options: Options) => {
    await prepareOutputFile(options.out);
    const chosen = await chooseNetwork(options, registries, output);
    sayAssumptions(output, chosen, options);
    const known = options.normalization ?? chosen.normalization;
    const figures =
      known === undefined
        ? undefined
        : chooseNormalization(options.normalization, chosen.normalization, chosen.normalizationTeller, output);
    const normalization = figures?.name;
    const network = options.keepBatchNorms === true ? chosen.network : foldBatchNorm(chosen.network);
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
  });
}

/** The shape of a value in the model's layout, without the batch. */
function laidOut(shape: Shape, layout: OnnxLayout): Shape {
  const channels = shape.at(-1);
  return layout === 'NCHW' && shape.length === 3 && channels !== undefined ? [channels, ...shape.slice(0, 2)] : shape;
}
