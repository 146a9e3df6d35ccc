import { energyPicture, firingPicture, scorePicture } from './curve-pictures.js';
import { largestError, ledgerPicture } from './ledger-picture.js';
import type { PictureWidth } from './picture-frame.js';
import { rasterPicture } from './raster-picture.js';
import type { ClassifierRun, Curve, ReportedLedger, ReportedRun } from './reported-run.js';
import { scoreName } from './score-name.js';

const stagesAPicture = 4;

/** A picture of a report: SVG documents, and a name for its file. */
export interface ReportPicture {
  readonly name: string;
  readonly svg: string;
  /** The same for the width of a phone. */
  readonly narrow: string;
}

function picture(name: string, draw: (form: PictureWidth) => string): ReportPicture {
  return { name, svg: draw('wide'), narrow: draw('narrow') };
}

/** Everything that can be drawn of a run. */
export function runPictures(run: ReportedRun): readonly ReportPicture[] {
  const about = `${run.model} on ${run.dataset}`;
  const { firing } = run;
  const { name: score, file } = scoreName(run.task);
  const drawn = { score, curves: run.curves, levels: run.ann === undefined ? [] : [run.ann] };
  if (run.curves.length === 0) return [];
  return [
    picture(file, (form) => scorePicture(`${about}: ${score} after T time steps`, drawn, form)),
    picture('energy', (form) => energyPicture(`${about}: ${score} against energy`, drawn, form)),
    ...(firing.length > 0
      ? [
          picture('firing-rates', (form) =>
            firingPicture(`${about}: firing rates by layer, T = ${run.steps.join(', ')}`, firing, form),
          ),
        ]
      : []),
    ...(run.task === 'classification' ? evidencePictures(about, run) : []),
  ];
}

function evidencePictures(about: string, { ledger, raster }: ClassifierRun): readonly ReportPicture[] {
  return [
    ...(ledger !== undefined && !('refused' in ledger) ? ledgerPictures(about, ledger) : []),
    ...(raster === undefined
      ? []
      : [
          picture('spike-raster', (form) =>
            rasterPicture(`${about}: spikes for one image, T = ${raster.steps}`, raster, form),
          ),
        ]),
  ];
}

/** Few stages a picture, all on one scale. */
function ledgerPictures(
  about: string,
  { stages, steps, images, split }: Extract<ReportedLedger, { readonly stages: unknown }>,
): readonly ReportPicture[] {
  const title = `${about}: errors by layer at T\u00a0=\u00a0${steps}, on ${images} ${split}`;
  const count = Math.ceil(stages.length / stagesAPicture);
  // Spread evenly, so that no picture has a single one next to full ones.
  const each = Math.ceil(stages.length / count);
  const parts = Array.from({ length: count }, (_, part) => stages.slice(part * each, (part + 1) * each));
  return parts.map((part, index) =>
    picture(index === 0 ? 'error-ledger' : `error-ledger-${index + 1}`, (form) =>
      ledgerPicture(title, part, largestError(stages), form),
    ),
  );
}

/** Runs of one task, which are judged by one score. */
export interface RunGroup {
  readonly task: ReportedRun['task'];
  readonly own: readonly ReportedRun[];
}

/** Runs by their score, in the order in which the first of each comes. */
export function groupsOf(runs: readonly ReportedRun[]): readonly RunGroup[] {
  const tasks = [...new Set(runs.map(({ task }) => task))];
  return tasks.map((task) => ({ task, own: runs.filter((run) => run.task === task) }));
}

/**
 * Several runs compared: the last curve of each, or all of a comparison's. Runs of different tasks have different
 * scores without a common axis. A run that is the only one of its task has nothing to be compared with, and no picture here.
 */
export function comparingPictures(runs: readonly ReportedRun[]): readonly ReportPicture[] {
  const groups = groupsOf(runs);
  return groups.flatMap(({ task, own }) => {
    if (own.length < 2) return [];
    const { name: score, title, file } = scoreName(task);
    const drawn = {
      score,
      curves: own.flatMap(endingCurves),
      levels: [...new Set(own.flatMap(({ ann }) => (ann === undefined ? [] : [ann])))],
    };
    return [
      picture(file, (form) => scorePicture(`${title} after T time steps, of every run`, drawn, form)),
      picture(groups.length === 1 ? 'energy' : `${file}-energy`, (form) =>
        energyPicture(`${title} against energy, of every run`, drawn, form),
      ),
    ];
  });
}

function endingCurves({ name: folder, curves, best, smoke }: ReportedRun): readonly Curve[] {
  const name = smoke.length > 0 ? `${folder} (smoke)` : folder;
  const last = curves.find((curve) => curve.name === best);
  if (last !== undefined) return [{ ...last, label: name }];
  return curves.map((curve) => ({ ...curve, label: `${name}: ${curve.label}` }));
}
