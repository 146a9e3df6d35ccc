import { existsSync } from 'node:fs';
import type { Registries } from '@rheobase/experiments/node';
import type { ModelFamily } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { recognizeFileAt } from '@rheobase/network/node';

const runsDetectors =
  'Run it with `rheobase evaluate-detector` or `rheobase detect`, and make it spiking with `rheobase convert-detector`; ' +
  '`rheobase reproduce two-stage/detection-scenes` trains one.';
const runsClassifiers = 'run this one with `rheobase evaluate` or `rheobase simulate`.';

/** The known architectures, by task. */
type Families = Pick<Registries, 'models' | 'detectors'>;

/** Whether a network is a detector: its metadata have a head. */
function finds({ metadata }: Network): boolean {
  return metadata['head'] !== undefined;
}

/** @throws naming what was given, if its network is a detector. */
export function assertClassifies(network: Network, given: string): void {
  if (!finds(network)) return;
  const name = network.metadata['model'] ?? 'the network';
  throw new Error(`${given}: ${name} is a detector: it finds boxes and does not classify images. ${runsDetectors}`);
}

/** @throws naming what was given, if its network is not a detector. */
export function assertDetects(network: Network, given: string): void {
  if (finds(network)) return;
  const name = network.metadata['model'] ?? 'the network';
  throw new Error(
    `${given}: ${name} is not a detector: it classifies images and does not find boxes. Give one that \`rheobase convert-detector\` or ` +
      `\`rheobase reproduce two-stage/detection-scenes\` wrote; ${runsClassifiers}`,
  );
}

/** @throws if a file or folder was given instead of a model's name, saying what it is and how to pass it. */
export function assertNamesNoFile(model: string, { models, detectors }: Families): void {
  if (models.has(model) || detectors.has(model) || !existsSync(model)) return;
  const { what, advice } = recognizeFileAt(model) ?? {
    what: 'a file',
    advice:
      'Give weights with --weights FILE; a network file that rheobase wrote contains its architecture, and is given with --network if the command takes that.',
  };
  throw new Error(
    `--model ${model}: this is ${what}, and --model takes the name of an architecture, such as resnet20. ${advice}`,
  );
}

/** @throws naming the model, if it is a detector, or a file. */
export function assertModelClassifies(model: string, families: Families): void {
  assertNamesNoFile(model, families);
  if (families.models.has(model) || !families.detectors.has(model)) return;
  throw new Error(`${model} is a detector: it finds boxes and does not classify images. ${runsDetectors}`);
}

/** @throws naming the model, if it is a classifier, or a file. */
export function assertModelDetects(model: string, families: Families): void {
  assertNamesNoFile(model, families);
  if (families.detectors.has(model) || !families.models.has(model)) return;
  throw new Error(
    `${model} classifies images and does not find boxes. Give one of ${families.detectors.names.join(', ')}, or ${runsClassifiers}`,
  );
}

/**
 * A family of classifiers, by name.
 *
 * @throws if there is none, or it is a family of detectors.
 */
export function classifierFamily(model: string, families: Families): ModelFamily {
  assertModelClassifies(model, families);
  return families.models.get(model);
}
