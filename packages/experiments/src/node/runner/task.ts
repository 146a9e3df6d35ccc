import type { z } from 'zod';
import type { Registries } from '../../registries.js';
import type { StartEngine } from '../../spiking-engine.js';
import type { ReadImages } from '../folder/image-hashes.js';
import type { Metrics } from '../folder/metrics-log.js';
import type { FinishedStage, Validation } from './finished-stage.js';
import type { Report, StageMeans } from './plan.js';
import { StoppedEarly } from './stopped-early.js';

/** Images of a task that a network is scored on. */
export type ScoredSet = ReadImages;

/** The training images of a run, split: those that choices are made by, and whatever stages need. */
export interface SplitImages<Images extends ScoredSet> {
  readonly heldOut: Images;
}

/** With what a network is scored. */
export interface Scoring {
  /** T. */
  readonly steps: number;
  readonly startEngine: StartEngine;
  readonly registries: Registries;
  /**
   * Called for every batch.
   *
   * @param score of the images so far, 0…1, if known
   * @throws {StoppedEarly} if the run's signal stopped it.
   */
  readonly onImages: (images: number, score?: number) => void;
}

/** Training images of a run that were opened. */
export interface OpenedImages<Split> {
  readonly split: Split;
  close(): Promise<void>;
}

/**
 * What networks are to do: how images are read, split and hashed, and what is scored. A new one is a value of this kind.
 *
 * @typeParam Images what a network is scored on
 * @typeParam Split the training images by purpose
 * @typeParam Figures what is measured of a network on the test images
 */
export interface Task<Images extends ScoredSet, Split extends SplitImages<Images>, Figures> {
  readonly dataset: string;
  /** By name. */
  readonly normalization: string;
  /** The score's name in metrics. */
  readonly score: 'Accuracy' | 'MeanApAtHalf';
  /** @throws if there are not enough images. */
  open(): Promise<OpenedImages<Split>>;
  /** The images that a run reads before its end, by purpose; its identity hashes them. */
  hashed(split: Split): Readonly<Record<string, ReadImages>>;
  /** The score of a network, which choices are made by. */
  validate(network: FinishedStage['network'], images: Images, scoring: Scoring): Promise<Validation>;
  /** The images that results are about; opened after every choice was made. */
  openTest(): Promise<Images>;
  /** Which they are, and how energy is counted on them: figures of other ones are measured again. */
  readonly test: { readonly images: number | null; readonly energy: z.core.util.JSONType };
  /** @param source the analog network that spiking ones are converted from, if the run has one */
  measure(
    network: FinishedStage['network'],
    images: Images,
    scoring: Scoring,
    source: FinishedStage['network'] | undefined,
  ): Promise<Figures>;
  readonly figures: z.ZodType<Figures>;
  /** The figures that go into the run's metrics. */
  inMetrics(figures: Figures): Metrics;
}

/** Opens training images and splits them; closes them where that fails. */
export async function openedAndSplit<Source extends { close(): Promise<void> }, Split>(
  open: () => Promise<Source>,
  split: (source: Source) => Promise<Split>,
): Promise<OpenedImages<Split>> {
  const source = await open();
  try {
    return { split: await split(source), close: () => source.close() };
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** The scoring of a network in a run, which its signal can stop. */
export function scoringOf(
  {
    steps,
    startEngine,
    registries,
    signal,
    folder,
  }: Omit<Scoring, 'onImages'> & Pick<StageMeans<unknown>, 'signal' | 'folder'>,
  report: Report,
  total: number,
  where: string,
): Scoring {
  return {
    steps,
    startEngine,
    registries,
    onImages: (images, score) => {
      if (signal?.aborted === true) throw new StoppedEarly(folder.path);
      report({
        done: images,
        total,
        unit: 'images',
        note: score === undefined ? '' : `${where} ${(100 * score).toFixed(1)} %`,
        metrics: { images: where, ...(score !== undefined && { accuracy: score }) },
      });
    },
  };
}
