import { energyPicture, firingPicture, scorePicture } from './curve-pictures.js';
import { largestError, ledgerPicture } from './ledger-picture.js';
import { rasterPicture } from './raster-picture.js';
import type { ClassifierRun, Curve, ReportedLedger, ReportedRun } from './reported-run.js';
import { scoreName } from './score-name.js';

const stagesAPicture = 4;

/** A picture of a report: an SVG document, and a name for its file. */
export interface ReportPicture {
  readonly name: string;
  readonly svg: string;
}

/** Everything that can be drawn of a run. */
export function runPictures(run: ReportedRun): readonly ReportPicture[] {
  const about = `${run.model} on ${run.dataset}`;
  const { firing } = run;
  const { name: score, file } = scoreName(run.task);
  const drawn = { score, curves: run.curves, levels: [run.ann] };
  return [
    { name: file, svg: scorePicture(`${about}: ${score} after T time steps`, drawn) },
    { name: 'energy', svg: energyPicture(`${about}: ${score} against energy`, drawn) },
    ...(firing.length > 0
      ? [
          {
            name: 'firing-rates',
            svg: firingPicture(`${about}: firing rates by layer, T = ${run.steps.join(', ')}`, firing),
          },
        ]
      : []),
    ...(run.task === 'classification' ? evidencePictures(about, run) : []),
  ];
}

function evidencePictures(about: string, { ledger, raster }: ClassifierRun): readonly ReportPicture[] {
  return [
    ...(ledger !== undefined && 'stages' in ledger ? ledgerPictures(about, ledger) : []),
    ...(raster === undefined
      ? []
      : [{ name: 'spike-raster', svg: rasterPicture(`${about}: spikes for one image, T = ${raster.steps}`, raster) }]),
  ];
}

/** Few stages a picture, all on one scale. */
function ledgerPictures(
  about: string,
  { stages, steps, images, split }: Extract<ReportedLedger, { readonly stages: unknown }>,
): readonly ReportPicture[] {
  const title = `${about}: errors by layer at T = ${steps}, on ${images} ${split}`;
  const parts = Array.from({ length: Math.ceil(stages.length / stagesAPicture) }, (_, part) =>
    stages.slice(part * stagesAPicture, (part + 1) * stagesAPicture),
  );
  return parts.map((part, index) => ({
    name: index === 0 ? 'error-ledger' : `error-ledger-${index + 1}`,
    svg: ledgerPicture(title, part, largestError(stages)),
  }));
}

/** Runs of one task, which are judged by one score. */
export interface RunGroup {
  readonly task: ReportedRun['task'];
  readonly own: readonly ReportedRun[];
}

/** Runs by what they are judged by, in the order in which the first of each comes. */
export function groupsOf(runs: readonly ReportedRun[]): readonly RunGroup[] {
  const tasks = [...new Set(runs.map(({ task }) => task))];
  return tasks.map((task) => ({ task, own: runs.filter((run) => run.task === task) }));
}

/**
 * Several runs beside each other: the curve that each ends with, or all of a comparison's. Runs of different tasks are judged by different
 * scores, which no common axis has; a run that is the only one of its task has nothing beside it, and no picture here.
 */
export function comparingPictures(runs: readonly ReportedRun[]): readonly ReportPicture[] {
  const groups = groupsOf(runs);
  return groups.flatMap(({ task, own }) => {
    if (own.length < 2) return [];
    const { name: score, title, file } = scoreName(task);
    const drawn = { score, curves: own.flatMap(endingCurves), levels: [...new Set(own.map(({ ann }) => ann))] };
    return [
      { name: file, svg: scorePicture(`${title} after T time steps, of every run`, drawn) },
      {
        name: groups.length === 1 ? 'energy' : `${file}-energy`,
        svg: energyPicture(`${title} against energy, of every run`, drawn),
      },
    ];
  });
}

function endingCurves({ name: folder, curves, best, smoke }: ReportedRun): readonly Curve[] {
  const name = smoke.length > 0 ? `${folder} (smoke)` : folder;
  const last = curves.find((curve) => curve.name === best);
  if (last !== undefined) return [{ ...last, label: name }];
  return curves.map((curve) => ({ ...curve, label: `${name}: ${curve.label}` }));
}
