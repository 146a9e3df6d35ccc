import { errorLedger, type ErrorLedger, type LedgerSummary } from '@rheobase/analysis';
import {
  bind,
  type BoundNetwork,
  countCorrect,
  type ModelRegistries,
  onTensor,
  usingResult,
} from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { batchesOf, type Images } from './image-batches.js';

/** A spiking network at one stage of its making. */
export interface LedgerStage {
  readonly name: string;
  readonly network: Network;
}

/** The errors of a stage, and what they cost. */
export interface StageLedger extends LedgerSummary {
  /** Name of the stage. */
  readonly stage: string;
  /** After T steps, on the images of the ledger: 0…1. */
  readonly accuracy: number;
}

export interface LedgerRun {
  /** Of the source network on the same images: 0…1. */
  readonly sourceAccuracy: number;
  readonly stages: readonly StageLedger[];
}

interface BoundStage {
  readonly name: string;
  readonly bound: BoundNetwork;
  readonly ledger: ErrorLedger;
  correct: number;
}

/**
 * The ledgers of several spiking networks with one source, over the same images. Every batch is run once through the source
 * and once through each stage.
 *
 * @param registries models from outside; default: the built-in ones
 * @throws {NetworkError} as `errorLedger` does.
 */
export async function runLedgers(
  source: Network,
  stages: readonly LedgerStage[],
  images: Images,
  steps: number,
  onBatch: (images: number) => void,
  registries: Partial<ModelRegistries> = {},
): Promise<LedgerRun> {
  const analog = bind(source, registries);
  const boundStages: BoundStage[] = [];
  try {
    for (const { name, network } of stages) {
      const bound = bind(network, registries);
      try {
        boundStages.push({ name, bound, ledger: errorLedger(analog, bound, steps), correct: 0 });
      } catch (error) {
        bound.dispose();
        throw error;
      }
    }
    const record = [...new Set(boundStages.flatMap(({ ledger }) => ledger.record))];
    const runs = [
      [analog, record] as const,
      ...boundStages.map(({ bound, ledger }) => [bound, ledger.probes.map(({ node }) => node)] as const),
    ];
    const fittingBatch: BoundNetwork['fittingBatch'] = ({ most }) =>
      Math.min(...runs.map(([bound, kept]) => bound.fittingBatch({ most, record: kept })));
    let [seen, correct] = [0, 0];
    for await (const batch of batchesOf(images, { fittingBatch })) {
      const count = batch.labels.length;
      onTensor(batch, (input) => {
        const values = usingResult(analog.run(input, { record, finite: true }), ({ outputs, recorded }) => {
          const [logits] = outputs.values();
          if (logits !== undefined) correct += countCorrect(logits.dataSync(), batch.labels);
          return new Map([...recorded].map(([name, value]) => [name, value.dataSync<'float32'>()]));
        });
        for (const stage of boundStages) {
          const spiking = stage.bound.simulate(input, { steps, probes: stage.ledger.probes });
          stage.ledger.add({ source: values, spiking }, count);
          const [readOut] = spiking.outputs.values();
          const last = readOut?.data.subarray((readOut.data.length / steps) * (steps - 1));
          if (last !== undefined) stage.correct += countCorrect(last, batch.labels);
        }
      });
      seen += count;
      onBatch(seen);
    }
    return {
      sourceAccuracy: correct / seen,
      stages: boundStages.map((stage) => ({
        stage: stage.name,
        accuracy: stage.correct / seen,
        ...stage.ledger.summary(),
      })),
    };
  } finally {
    analog.dispose();
    for (const { bound } of boundStages) bound.dispose();
  }
}
