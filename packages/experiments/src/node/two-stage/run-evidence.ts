import { bind } from '@rheobase/execution';
import { isSpiking, NetworkError } from '@rheobase/network';
import { z } from 'zod';
import { runLedgers } from '../../error-ledgers.js';
import { type Images, images } from '../../image-batches.js';
import { spikeRaster } from '../../spike-raster.js';
import { jsonOf } from '../folder/json-of.js';
import { recall, remember } from '../folder/remembered.js';
import type { FinishedStage } from '../runner/finished-stage.js';
import type { StageMeans } from '../runner/plan.js';
import { StoppedEarly } from '../runner/stopped-early.js';
import type { RunImages } from '../tasks/run-images.js';

type Run = StageMeans<RunImages>;

/** Maximum number of held-out images for the error ledger, and of neurons shown per layer. */
const [ledgerImages, shownNeurons] = [200, 40];

const evidence = z.strictObject({ ledger: z.record(z.string(), z.json()), raster: z.record(z.string(), z.json()) });

/**
 * Writes to the run's folder what a report shows in addition to accuracies, both from held-out training images: the errors of
 * every spiking stage by layer (METHOD §5), and the best network's spikes for one image.
 *
 * @param measured names of the stages that the report is about
 * @throws {StoppedEarly} if the run's signal stopped it.
 */
export async function keepEvidence(run: Run, measured: readonly string[], best: FinishedStage): Promise<void> {
  const { folder, steps } = run;
  const source = run.stage('source');
  const spiking = measured.map((name) => run.stage(name)).filter(({ network }) => isSpiking(network));
  const from = { source: source.sha256, stages: spiking.map(({ sha256 }) => sha256), best: best.sha256, steps };
  const file = folder.recordFile('evidence');
  const known = await recall(file, from, evidence);
  const kept =
    known ??
    (await remember(
      file,
      from,
      { ledger: jsonOf(await ledgerOf(run, source, spiking)), raster: jsonOf(await rasterOf(run, best)) },
      evidence,
    ));
  await folder.write(folder.files.ledger, kept.ledger);
  await folder.write(folder.files.raster, kept.raster);
}

async function ledgerOf(run: Run, source: FinishedStage, stages: readonly FinishedStage[]): Promise<object> {
  const { source: heldOut, normalization } = run.split.heldOut;
  const given: Images = images(heldOut, normalization, { limit: ledgerImages, mostAtOnce: 50 });
  const about = { images: given.count, split: 'held-out training images', steps: run.steps };
  try {
    const ledgers = await runLedgers(
      source.network,
      stages,
      given,
      run.steps,
      (done) => {
        if (run.signal?.aborted === true) throw new StoppedEarly(run.folder.path);
        run.onProgress?.({ task: 'error ledger', done, total: given.count, unit: 'images', note: '' });
      },
      run.registries,
    );
    return { ...about, ...ledgers };
  } catch (error) {
    // A neuron that loses charge, by leak or hard reset, has no ledger.
    if (error instanceof NetworkError) return { ...about, refused: error.message };
    throw error;
  }
}

async function rasterOf(run: Run, { network, name }: FinishedStage): Promise<object> {
  const bound = bind(network, run.registries);
  try {
    const raster = await spikeRaster(bound, run.split.heldOut, 0, { steps: run.steps, neurons: shownNeurons });
    return { stage: name, ...raster };
  } finally {
    bound.dispose();
  }
}
