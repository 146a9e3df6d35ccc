import type { BoundNetwork } from '@rheobase/execution';
import { disposeScope } from '@rheobase/execution';
import { tidy } from '@tensorflow/tfjs-core';
import { analogForward } from './analog-forward.js';
import { followStatistics } from './batch-norm-statistics.js';
import { clipByGlobalNorm } from './clip-gradients.js';
import { crossEntropy } from './cross-entropy.js';
import type { FitOptions, FitResult } from './fit-options.js';
import { assertInRange } from './fit-options.js';
import type { GradientEngine } from './gradient-engine.js';
import { disposeBatchGradients, gradientsHere } from './gradient-engine.js';
import { microBatchesOf } from './micro-batch.js';
import type { NamedArrays } from './named-arrays.js';
import { readVariables, writeVariables } from './named-arrays.js';
import { imagesPerSecond, secondsFor } from './pace.js';
import { runFingerprint } from './run-fingerprint.js';
import type { RunParts, RunState } from './run-state.js';
import { beginning, resume, save, startOf } from './run-state.js';
import { assertTrained, scaledGradients } from './scaled-gradients.js';
import { sgd } from './sgd.js';
import type { Stopwatch } from './stopwatch.js';
import { stopwatch } from './stopwatch.js';
import type { ThresholdFloor } from './threshold-floor.js';
import { thresholdFloor } from './threshold-floor.js';
import { trainablesOf } from './trainables.js';
import type { TrainingBatch, TrainingSource } from './training-source.js';
import { weightAverage } from './weight-average.js';

/**
 * Trains a bound network, analog or spiking, to classify, by gradient descent on its live parameters: the network is bound before and holds
 * the trained parameters after (`bound.snapshot()`): the best or the last ones, averaged where that was asked for.
 *
 * The same network, source and options give the same bytes, however often a run with checkpoints was interrupted.
 * `registerTrainingKernels()` of \@rheobase/tfjs-wasm-training must have been called.
 *
 * @throws if an option is out of range; if the loss is no longer finite, naming the batch: the learning rate is too high then, or
 *   the input is; if the source does not give the batches it promised; if a checkpoint is damaged, or of a run with other settings.
 */
export async function fit(bound: BoundNetwork, source: TrainingSource, options: FitOptions): Promise<FitResult> {
  assertInRange(options);
  const {
    loss = crossEntropy(),
    optimizer: chosen = sgd(),
    teacher,
    forward = analogForward(),
    averageDecay,
  } = options;
  const trainables = trainablesOf(bound, options.trains);
  assertTrained(options.gradientScales, trainables);
  const fingerprint = runFingerprint(bound, source, trainables, { ...options, loss, forward, optimizer: chosen });
  const scope = disposeScope();
  try {
    const average = averageDecay === undefined ? undefined : scope.add(weightAverage(bound.live, averageDecay));
    const optimizer = scope.add(chosen.begin(trainables));
    const floor = scope.add(thresholdFloor(bound, trainables));
    const parts: RunParts = { bound, optimizer, average, fingerprint };
    const store = options.checkpoints?.store;
    const state = (store && (await resume(parts, store))) ?? beginning(options.seed);
    const engine = await (options.engine ?? gradientsHere)({ bound, trainables, loss, teacher, forward });
    try {
      return await train({ ...parts, source, options, engine, floor, watch: stopwatch() }, state);
    } finally {
      await engine.dispose();
    }
  } finally {
    scope.dispose();
  }
}

/** Everything that a run is made of, but how far it is. */
interface Run extends RunParts {
  readonly source: TrainingSource;
  readonly options: FitOptions;
  readonly engine: GradientEngine;
  readonly floor: ThresholdFloor;
  readonly watch: Stopwatch;
}

async function train(run: Run, initial: RunState): Promise<FitResult> {
  const { epochs, checkpoints } = run.options;
  let state = initial;
  while (state.position.epoch < epochs && !hasSettled(run, state) && !isStopped(run)) {
    const trained = await trainEpoch(run, state);
    state = trained.state;
    if (trained.stopped) break;
    state = await closeEpoch(run, state);
    if (checkpoints !== undefined) await save(run, state, checkpoints.store);
  }
  settle(run, state);
  const { history, best } = state;
  return {
    completed: state.position.epoch === epochs || hasSettled(run, state),
    history,
    ...(best && { best: { epoch: best.epoch, score: best.score } }),
    imagesPerSecond: run.watch.imagesPerSecond(),
  };
}

function isStopped({ options }: Run): boolean {
  return options.signal?.aborted === true;
}

/** Whether the score has not risen for as many epochs as patience allows. Never within an epoch. */
function hasSettled({ options: { patience } }: Run, { position, best }: RunState): boolean {
  if (patience === undefined || best === undefined || position.batchOfEpoch > 0) return false;
  return position.epoch - 1 - best.epoch >= patience;
}

/** The rest of an epoch, or as much of it as the signal lets be done. */
async function trainEpoch(
  run: Run,
  initial: RunState,
): Promise<{ readonly state: RunState; readonly stopped: boolean }> {
  const { source, options, watch } = run;
  const { checkpoints, onBatch } = options;
  const { epoch } = initial.position;
  let state = initial;
  watch.start();
  for await (const batch of source.epoch(epoch, initial.position.images)) {
    const { next, loss, learningRate } = await trainBatch(run, state, batch);
    state = next;
    const pace = watch.batchDone(batch.labels.length);
    const { batchOfEpoch } = state.position;
    const [done, batches] = [epoch * source.batchesPerEpoch + batchOfEpoch, options.epochs * source.batchesPerEpoch];
    onBatch?.({
      epoch,
      batch: done,
      batches,
      loss,
      learningRate,
      imagesPerSecond: imagesPerSecond(pace),
      secondsLeft: secondsFor(batches - done, pace),
    });
    const stopped = isStopped(run);
    if (checkpoints !== undefined && (stopped || batchOfEpoch % (checkpoints.everyBatches ?? Infinity) === 0)) {
      await save(run, state, checkpoints.store);
      watch.start();
    }
    if (stopped) return { state, stopped };
  }
  assertPromised(run, state);
  return { state, stopped: false };
}

function assertPromised({ source }: Run, { position }: RunState): void {
  const { epoch, batchOfEpoch } = position;
  if (batchOfEpoch !== source.batchesPerEpoch) {
    throw new Error(
      `The source gave ${batchOfEpoch} batches in epoch ${epoch}, but promised ${source.batchesPerEpoch} (batchesPerEpoch). ` +
        'If the run was resumed, the source must start where its second argument says.',
    );
  }
}

async function trainBatch(
  run: Run,
  state: RunState,
  batch: TrainingBatch,
): Promise<{ readonly next: RunState; readonly loss: number; readonly learningRate: number }> {
  const { bound, source, options, engine, optimizer, floor, average } = run;
  const { position, random } = state;
  const images = batch.labels.length;
  const before = position.epoch * source.batchesPerEpoch + position.batchOfEpoch;
  const learningRate = learningRateAt(run, before);
  const taken = await engine.gradientsOf(microBatchesOf(batch, options.microBatch ?? images, random));
  const { loss } = taken;
  try {
    if (!Number.isFinite(loss)) {
      throw new Error(
        `The loss is ${loss} at batch ${before + 1} of epoch ${position.epoch}. Lower the learning rate (${learningRate}), or look for inputs that are not finite.`,
      );
    }
    tidy(() => {
      const { clipNorm, gradientScales } = options;
      const scaled = gradientScales === undefined ? taken.gradients : scaledGradients(taken.gradients, gradientScales);
      const gradients = clipNorm === undefined ? scaled : clipByGlobalNorm(scaled, clipNorm);
      optimizer.step(gradients, learningRate);
      floor.hold();
      for (const own of taken.statistics) followStatistics(bound, own, options.statisticsMomentum ?? 0.1);
      average?.follow();
    });
  } finally {
    disposeBatchGradients(taken);
  }
  const next: RunState = {
    ...state,
    position: {
      epoch: position.epoch,
      images: position.images + images,
      batchOfEpoch: position.batchOfEpoch + 1,
      lossSum: position.lossSum + loss * images,
    },
  };
  return { next, loss, learningRate };
}

/** The learning rate of a step, from 0 over all epochs. */
function learningRateAt({ source, options }: Run, step: number): number {
  return options.schedule(step / (options.epochs * source.batchesPerEpoch));
}

/** Validates, writes the epoch down, and goes to the start of the next one. */
async function closeEpoch(run: Run, state: RunState): Promise<RunState> {
  const { options, bound, average, source } = run;
  const { epoch, lossSum, images } = state.position;
  const validated = options.validate && (await withWeights(run, average?.read(), options.validate));
  const record = {
    epoch,
    loss: lossSum / images,
    learningRate: learningRateAt(run, (epoch + 1) * source.batchesPerEpoch - 1),
    ...(validated !== undefined && { score: validated }),
  };
  options.onEpoch?.(record);
  const after: RunState = { ...state, position: startOf(epoch + 1), history: [...state.history, record] };
  if (validated === undefined || (state.best !== undefined && validated <= state.best.score)) return after;
  return { ...after, best: { epoch, score: validated, parameters: average?.read() ?? readVariables(bound.live) } };
}

/** Scores the network with other weights in place of its own, if there are any. */
async function withWeights(
  { bound }: Run,
  weights: NamedArrays | undefined,
  validate: NonNullable<FitOptions['validate']>,
): Promise<number> {
  const own = weights && readVariables(bound.live);
  if (weights !== undefined) writeVariables(bound.live, weights);
  try {
    const score = await validate(bound);
    if (Number.isNaN(score)) throw new Error('The option `validate` of fit gave NaN; a score must be a number.');
    return score;
  } finally {
    if (own !== undefined) writeVariables(bound.live, own);
  }
}

/** Gives the network the weights that are to be kept. */
function settle({ options, bound, average }: Run, { best }: RunState): void {
  if (best !== undefined && options.keep !== 'last') writeVariables(bound.live, best.parameters);
  else if (average !== undefined) writeVariables(bound.live, average.read());
}
