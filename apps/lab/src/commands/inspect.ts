import { macsOf } from '@rheobase/analysis';
import { ConversionError, convert, type Outcome, type ReportEntry } from '@rheobase/converter';
import { sitesWithoutThreshold } from '@rheobase/experiments';
import type { NetworkOfFile, Registries } from '@rheobase/experiments/node';
import { OnnxRefusal } from '@rheobase/interop';
import {
  describeShape,
  inferShapes,
  isSpiking,
  type Network,
  shapeAt,
  sizeOf as elementsOf,
  textTable,
} from '@rheobase/network';
import { type Command, Option } from 'commander';
import { withSizeOption } from '../choices/folder-choice.js';
import { withNirOptions } from '../choices/nir-choice.js';
import { type FileOptions, networkAt } from '../choices/network-choice.js';
import { fileEndingIn } from '../choices/option-values.js';
import { type CommandOutput, writeResult } from '../output/command-output.js';
import { type DrawnNode, networkPicture } from '../output/network-picture.js';
import { prepareOutputFile } from '../output/output-file.js';
import { writePicture } from '../output/picture-file.js';
import { shellWord } from '../output/shell-word.js';

interface Options extends FileOptions {
  /** What other commands call the file. */
  readonly network?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** A value of the file, and its shape there. */
interface Port {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** A node that cannot be read or converted. */
interface Refused {
  readonly node: string;
  readonly operator: string;
  readonly reason: string;
}

/** A node of the network, and what conversion makes of it. */
interface InspectedNode {
  readonly node: string;
  readonly op: string;
  readonly shape: readonly number[];
  /** The operators of the file that it computes. */
  readonly from: readonly string[];
  readonly outcome?: Outcome['kind'];
  readonly detail?: string;
}

/** What is known of a file that holds a network. */
interface Inspection {
  readonly file: string;
  readonly convertible: boolean;
  readonly spiking?: boolean;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Numbers that training determined. */
  readonly parameters?: number;
  /** Multiply-accumulates for one sample. */
  readonly macs?: number;
  readonly operators: Readonly<Record<string, number>>;
  readonly sites: number;
  readonly refused: readonly Refused[];
  /** What was decided in reading it that the file leaves open. */
  readonly notes: readonly string[];
  readonly nodes: readonly InspectedNode[];
}

/** `rheobase inspect`: what a file's network is, and what conversion would make of it. */
export function inspectCommand(program: Command, output: CommandOutput, registries: Registries): void {
  const command = program
    .command('inspect')
    .description('say what network is in a file, and what conversion to a spiking one would do to each of its nodes')
    .usage('[options] <file>')
    .argument('[file]', 'a network that rheobase wrote, the folder of a run, an ONNX model or a NIR file')
    .addOption(new Option('--network <path>').hideHelp())
    .option('--out <file>', 'draw the graph, an .svg or .png file', fileEndingIn('.svg', '.png'))
    .option('--json', 'print one line of JSON');
  withNirOptions(withSizeOption(command)).action(async (given: string | undefined, options: Options) => {
    const file = fileGiven(given, options);
    await prepareOutputFile(options.out);
    const read = await networkAt(file, options).catch((error: unknown) => {
      if (error instanceof OnnxRefusal) return error;
      throw error;
    });
    const inspection = read instanceof OnnxRefusal ? refusal(read) : inspected(read, registries);
    if (options.out !== undefined) {
      if (read instanceof OnnxRefusal) {
        throw new Error(`${file}: its graph is drawn only if every operator can be read. ${read.message}`);
      }
      await writePicture(options.out, networkPicture(drawn(read.network, inspection)));
    }
    const written = options.out === undefined ? {} : { out: options.out };
    writeResult(output, options, { ...inspection, ...written }, () =>
      [describe(inspection), ...(options.out === undefined ? [] : [`The graph is drawn in ${options.out}.`])].join(
        '\n\n',
      ),
    );
  });
}

/** @throws saying how the file is given, if it is not. */
function fileGiven(file: string | undefined, { network }: Options): string {
  if (network !== undefined) {
    throw new Error(`inspect takes its file without --network: \`rheobase inspect ${shellWord(file ?? network)}\`.`);
  }
  if (file === undefined) throw new Error('No file was given to inspect: `rheobase inspect FILE`.');
  return file;
}

/** A model with operators that cannot be read. */
function refusal({ source, refused, model }: OnnxRefusal): Inspection {
  return { file: source, convertible: false, ...model, sites: 0, refused, notes: [], nodes: [] };
}

function inspected(read: NetworkOfFile, registries: Registries): Inspection {
  const { network, file, operators } = read;
  const spiking = isSpiking(network);
  const entries = new Map(spiking ? [] : conversionOf(network, registries).map((entry) => [entry.node, entry]));
  const shapes = inferShapes(network);
  const sources = new Map<string, string[]>();
  for (const { node, becomes } of read.nodes) {
    for (const own of becomes) sources.set(own, [...(sources.get(own) ?? []), node]);
  }
  const operatorOf = new Map(read.nodes.map(({ node, operator }) => [node, operator]));
  const nodes = network.nodes.map(({ name, op }): InspectedNode => {
    const entry = entries.get(name);
    return {
      node: name,
      op,
      shape: shapeAt(shapes, name),
      from: read.format !== 'onnx' ? [] : (sources.get(name) ?? []),
      ...(entry && { outcome: entry.outcome.kind, detail: detailOf(entry) }),
    };
  });
  const refused = [...entries.values()].flatMap(({ node, op, outcome }): readonly Refused[] => {
    if (outcome.kind !== 'refused') return [];
    const [source = node] = sources.get(node) ?? [];
    return [{ node: source, operator: operatorOf.get(source) ?? op, reason: outcome.reason }];
  });
  const ports = (all: NetworkOfFile['inputs']): readonly Port[] => all.map(({ name, shape }) => ({ name, shape }));
  return {
    file,
    convertible: !spiking && refused.length === 0,
    spiking,
    inputs: ports(read.inputs),
    outputs: ports(read.outputs),
    parameters: parametersOf(network),
    macs: macsOf(network).dense,
    operators,
    sites: network.nodes.filter(({ op }) => op === (spiking ? 'neuron' : 'activation')).length,
    refused,
    notes: read.notes,
    nodes,
  };
}

/** What conversion would do, with thresholds of 1 where images would determine them. */
function conversionOf(network: Network, { neurons, siteConversions }: Registries): readonly ReportEntry[] {
  try {
    const thresholds = new Map(sitesWithoutThreshold(network).map((site) => [site, 1]));
    return convert(network, { neurons, conversions: siteConversions, thresholds }).report.entries;
  } catch (error) {
    if (error instanceof ConversionError) return error.report.entries;
    throw error;
  }
}

function detailOf({ outcome, notes, warnings }: ReportEntry): string {
  const what = ((): string => {
    switch (outcome.kind) {
      case 'passed':
        return '';
      case 'folded':
        return `into ${outcome.into}`;
      case 'converted':
        return `${outcome.from} → ${outcome.to}`;
      case 'replaced':
        return `by ${outcome.by}`;
      case 'refused':
        return outcome.reason;
    }
  })();
  return [what, ...notes, ...warnings].filter((text) => text !== '').join('; ');
}

/** Floating-point numbers, each parameter once. */
function parametersOf({ parameters }: Network): number {
  let count = 0;
  for (const { role, shape } of parameters.values()) if (role !== 'indices') count += elementsOf(shape);
  return count;
}

function drawn({ nodes }: Network, inspection: Inspection): readonly DrawnNode[] {
  const known = new Map(inspection.nodes.map((node) => [node.node, node]));
  return nodes.map(({ name, op, inputs }) => {
    const { shape = [], outcome } = known.get(name) ?? {};
    return { name, op, inputs, shape: describeShape(shape), outcome };
  });
}

function describe(inspection: Inspection): string {
  const { convertible, spiking, inputs, outputs, parameters, macs, operators, sites, refused, notes, nodes } =
    inspection;
  const listed = (ports: readonly Port[]): string =>
    ports.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ');
  const facts = [
    ['inputs', listed(inputs)],
    ['outputs', listed(outputs)],
    ...(parameters === undefined ? [] : [['parameters', parameters.toLocaleString('en')]]),
    ...(macs === undefined ? [] : [['MACs', macs.toLocaleString('en')]]),
    [
      'operators',
      Object.entries(operators)
        .map(([name, count]) => `${count} ${name}`)
        .join(', '),
    ],
    [spiking === true ? 'neurons in' : 'sites', `${sites} node${sites === 1 ? '' : 's'}`],
  ];
  const widest = Math.max(...facts.map(([name = '']) => name.length));
  const verdict =
    spiking === true
      ? 'The network is spiking: run it with `rheobase simulate`, one for recordings of events with `rheobase evaluate --dataset nmnist`.'
      : convertible
        ? 'Every node can be converted.'
        : `${refused.length} node${refused.length === 1 ? ' is' : 's are'} refused:\n${refused
            .map(({ node, operator, reason }) => `  ${node} (${operator}): ${reason}`)
            .join('\n')}`;
  const rows = nodes.map(({ node, op, shape, from, outcome = '', detail = '' }) => [
    node,
    op,
    describeShape(shape),
    outcome,
    [from.length === 0 || (from.length === 1 && from[0] === node) ? '' : `from ${from.join(', ')}`, detail]
      .filter((text) => text !== '')
      .join('; '),
  ]);
  return [
    facts.map(([name = '', text = '']) => `${name.padEnd(widest)}  ${text}`).join('\n'),
    ...(rows.length === 0 ? [] : [textTable([['node', 'op', 'shape', 'conversion', 'detail'], ...rows])]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `note: ${note}`).join('\n')]),
    verdict,
  ].join('\n\n');
}
