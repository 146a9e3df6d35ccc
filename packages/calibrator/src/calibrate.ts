import { inferShapes, NetworkError, randomStream, shapeAt } from '@rheobase/network';
import { nextFrame } from '@tensorflow/tfjs-core';
import type { Calibration, CalibrationOptions, CalibrationTask } from './calibration.js';
import { countOf } from './calibration-images.js';
import type { CalibrationMethod } from './calibration-method.js';
import type { CalibrationState, CalibrationStore } from './calibration-store.js';
import { assertSameCalibration } from './calibration-store.js';
import type { Fingerprint } from '@rheobase/training';
import { fingerprintOf } from './fingerprint.js';
import { imagesAtOnce } from './image-batches.js';
import type { CalibrationPlan, PlannedSite } from './plan.js';
import { planCalibration } from './plan.js';
import type { ImageSet, Recording, Recordings } from './recordings.js';
import { played, recordings, shown } from './recordings.js';
import type { SiteImages, SiteOutcome, SiteTask } from './site-task.js';
import { observe, recordActivations } from './site-values.js';
import type { SiteReport } from './site-report.js';

/**
 * Calibrates a spiking network, one pass of a method over its sites from input to output (METHOD.md §6). Each site is calibrated on the
 * spikes that the calibrated network upstream actually delivers. The passes (a), (b), (c) are three calls, each starting from the network
 * that the one before gave.
 *
 * Neither network is changed. The same task, method and seed give the same bytes, however often a run with a store was interrupted. The
 * memory held does not grow with the network's depth. Gradients need `registerTrainingKernels()` of \@rheobase/tfjs-wasm-training.
 *
 * @throws {NetworkError} if a network is not well-formed, or the two do not have the same sites, naming them; for batch norms that
 *   were not folded.
 * @throws if images or T do not fit; if the loss is no longer finite; if a saved state is damaged, or of another calibration.
 */
export async function calibrate(
  task: CalibrationTask,
  method: CalibrationMethod,
  options: CalibrationOptions,
): Promise<Calibration> {
  assertOptions(options);
  const plan = planCalibration(task, method);
  const { store } = options;
  const fingerprint = store && fingerprintOf(task, method, options);
  const kept = store && fingerprint && (await resume(store, fingerprint));
  const walk: Walk = { task, method, options, plan, ...recordingsOf(plan) };
  let state: Progressed = kept ?? { network: task.spiking, sites: [] };
  const done = state.sites.length;
  for (const [index, planned] of plan.sites.entries()) {
    if (done === plan.sites.length) break;
    if (options.signal?.aborted === true) return { ...state, completed: false };
    recordTargets(walk, planned);
    if (index < done) {
      recordSpikes(walk, index, siteTask(walk, index, planned, state));
    } else {
      const next = await calibrateSite(walk, index, planned, state);
      if (next === undefined) return { ...state, completed: false };
      state = next;
      if (store && fingerprint) await store.save({ fingerprint, ...state });
    }
    walk.spikes.freeAfter(index);
    walk.activations.freeAfter(index);
    // Lets a signal, or a page, have its turn.
    await nextFrame();
  }
  return { ...state, completed: true };
}

type Progressed = Omit<CalibrationState, 'fingerprint'>;

/** Everything that a calibration is made of, but how far it is. */
interface Walk {
  readonly task: CalibrationTask;
  readonly method: CalibrationMethod;
  readonly options: CalibrationOptions;
  readonly plan: CalibrationPlan;
  /** Of the spiking network's sites. */
  readonly spikes: Recordings;
  /** Of the quantized network's sites. */
  readonly activations: Recordings;
}

function assertOptions({ seed, batchSize }: CalibrationOptions): void {
  if (!Number.isSafeInteger(seed)) {
    throw new Error(`The option 'seed' of calibrate is ${seed}; it must be an integer.`);
  }
  if (batchSize !== undefined && (!Number.isSafeInteger(batchSize) || batchSize < 1)) {
    throw new Error(`The option 'batchSize' of calibrate is ${batchSize}; it must be an integer from 1.`);
  }
}

async function resume(store: CalibrationStore, fingerprint: Fingerprint): Promise<Progressed | undefined> {
  const kept = await store.load();
  if (kept === undefined) return undefined;
  assertSameCalibration(store, kept.fingerprint, fingerprint);
  return { network: kept.network, sites: kept.sites };
}

function recordingsOf({ sites }: CalibrationPlan): Pick<Walk, 'spikes' | 'activations'> {
  return {
    spikes: recordings(sites.map(({ segment }) => segment.frontier)),
    // A site's own target is read at its own place as well as by later segments.
    activations: recordings(sites.map(({ target }) => [...target.frontier, target.end])),
  };
}

/** Records what the quantized network says at a site. */
function recordTargets({ task, plan, options, activations }: Walk, { target }: PlannedSite): void {
  const { registries = {}, batchSize = Infinity } = options;
  const record = (set: ImageSet) => {
    const images = task[set];
    const frontier = {
      count: countOf(images),
      inputs: (chosen: ArrayLike<number>) =>
        new Map(
          target.frontier.map((name) => [
            name,
            name === plan.inputs.quantized.name
              ? shown(images, chosen)
              : played(recorded(activations, name)[set], chosen),
          ]),
        ),
    };
    return recordActivations(task.quantized, target, frontier, batchSize, registries);
  };
  activations.set(target.end, { calibration: record('calibration'), heldOut: record('heldOut') });
}

function recorded(records: Recordings, site: string): Recording {
  const recording = records.get(site);
  if (recording === undefined) throw new NetworkError([{ subject: site, message: 'its values were not recorded' }]);
  return recording;
}

/** What a method is given for a site. */
function siteTask(walk: Walk, index: number, { segment }: PlannedSite, { network }: Progressed): SiteTask {
  const { task, options, plan } = walk;
  const { steps } = task;
  const { signal, batchSize = Infinity, registries = {} } = options;
  const imagesOf = (set: ImageSet): SiteImages => ({
    count: countOf(task[set]),
    inputs: (chosen) =>
      new Map(
        segment.frontier.map((name) => [
          name,
          name === plan.inputs.spiking.name
            ? shown(task[set], chosen)
            : played(recorded(walk.spikes, name)[set], chosen),
        ]),
      ),
    targets: (chosen) => played(recorded(walk.activations, segment.end)[set], chosen).value,
  });
  return {
    site: segment.end,
    shape: shapeAt(inferShapes(network), segment.end),
    network,
    segment,
    steps,
    calibration: imagesOf('calibration'),
    heldOut: imagesOf('heldOut'),
    imagesAtOnce: imagesAtOnce(network, segment, steps, batchSize),
    seed: randomStream(options.seed, index).next(),
    registries,
    ...(signal && { signal }),
    onEpoch: (epoch) => tell(walk, index, epoch),
  };
}

function tell(
  { plan, options, spikes, activations }: Walk,
  index: number,
  news: { readonly epoch: number; readonly loss?: number; readonly heldOutLoss?: number; readonly report?: SiteReport },
): void {
  options.onProgress?.({
    site: plan.sites[index]?.segment.end ?? '',
    index,
    sites: plan.sites.length,
    cachedBytes: spikes.bytes + activations.bytes,
    ...news,
  });
}

async function calibrateSite(
  walk: Walk,
  index: number,
  planned: PlannedSite,
  state: Progressed,
): Promise<Progressed | undefined> {
  const { method } = walk;
  const started = performance.now();
  const given = siteTask(walk, index, planned, state);
  tell(walk, index, { epoch: 0 });
  const { error: errorBefore } = observe(given.network, given, given.heldOut);
  const outcome: SiteOutcome | undefined = await method.calibrateSite(given);
  if (outcome === undefined) return undefined;
  const { network, epochs, bestEpoch, trainedParameters, heldOutLoss } = outcome;
  const errorAfter = recordSpikes(walk, index, { ...given, network });
  const report: SiteReport = {
    site: given.site,
    method: method.name,
    errorBefore,
    errorAfter,
    epochs,
    bestEpoch,
    trainedParameters,
    ...(heldOutLoss && { heldOutLoss }),
    seconds: (performance.now() - started) / 1000,
  };
  tell(walk, index, { epoch: epochs, report });
  return { network, sites: [...state.sites, report] };
}

/**
 * Records what a calibrated site says, where a later one hears it.
 *
 * @returns its error on the held-out images
 */
function recordSpikes({ spikes }: Walk, index: number, task: SiteTask): number {
  const heldOut = observe(task.network, task, task.heldOut);
  if (spikes.isReadAfter(index, task.site)) {
    const calibration = observe(task.network, task, task.calibration);
    spikes.set(task.site, { calibration: calibration.values, heldOut: heldOut.values });
  }
  return heldOut.error;
}
