import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formerStage, presentStage } from '../../former-names.js';

/** The files of a run's folder by what they hold. Nothing else knows their names. */
export const runFileNames = {
  /** The configuration, with everything that determines the result. */
  configuration: 'config.json',
  /** The command line that started the run. */
  command: 'command.json',
  /** The events that the run reported, one line of JSON each. */
  metrics: 'metrics.jsonl',
  result: 'result.json',
  /** Errors of spiking stages by layer. */
  ledger: 'ledger.json',
  /** Spikes of the best network for one image. */
  raster: 'raster.json',
  report: 'report.html',
  /** The network to use. */
  network: 'network.safetensors',
  /** The source network, its batch norms folded. */
  source: 'source.safetensors',
  /** The network of stage I. */
  quantized: 'quantClip.safetensors',
  /** Where a training of `train` or `finetune` kept what it needs to resume, before these were runs like others. */
  formerCheckpoint: 'checkpoint.safetensors',
} as const;

const networkEnding = '.safetensors';
/** Where stages leave what is finished, and what is under way. */
const [finished, underWay] = ['stages', 'checkpoints'] as const;

/** The paths of a run's files. */
export type RunFiles = Readonly<Record<keyof typeof runFileNames, string>>;

export function runFiles(folder: string): RunFiles {
  const paths = Object.entries(runFileNames).map(([file, name]) => [file, join(folder, name)] as const);
  return { ...runFileNames, ...Object.fromEntries(paths) };
}

/** The folders in a run's folder. */
export function runFolders(folder: string): readonly string[] {
  return [finished, underWay].map((name) => join(folder, name));
}

/** Where a stage notes that it is finished, and what came of it. */
export function stageRecordFile(folder: string, stage: string): string {
  return join(folder, finished, `${stage}.json`);
}

/** Where a stage that is under way keeps what it needs to resume. */
export function stageCheckpointFile(folder: string, stage: string): string {
  return join(folder, underWay, `${stage}${networkEnding}`);
}

/** The file of a stage's network; that of its former name, where only that one is there. */
export function networkFileOf(folder: string, stage: string): string {
  const fileOf = (name: string): string => join(folder, name + networkEnding);
  const [present, former] = [fileOf(stage), fileOf(formerStage(stage))];
  return !existsSync(present) && existsSync(former) ? former : present;
}

/** The file, if it is there. */
export function existingFile(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

/** The names of the networks in a folder, as stages are called now. */
export async function networksIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder))
    .filter((file) => file.endsWith(networkEnding))
    .map((file) => presentStage(file.slice(0, -networkEnding.length)));
}
