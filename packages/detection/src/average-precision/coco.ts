import { boxArea, type LabelledBox } from '@rheobase/datasets';
import { byScore, type Detection, type JudgedImage } from '../detection.js';
import { coveredShare, iou } from '../overlap.js';
import { precisionRecall, sampledPrecision, type Verdict } from './precision-recall.js';
import { type ApProtocol, type ApReport, checkJudged, meanOfNumbers } from './protocol.js';

// Made as COCO's program makes them, so that they are the same to the last bit.
const overlaps = Array.from({ length: 10 }, (_, k) => 0.5 + k * 0.05);
const recalls = Array.from({ length: 101 }, (_, k) => k * 0.01);

/** Areas of objects, from and up to, in square pixels. */
const sizes = {
  all: [0, 1e10],
  small: [0, 32 ** 2],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const;
type Size = keyof typeof sizes;

/** Detections that count of an image and class. */
const detectionLimits = [1, 10, 100] as const;
const mostDetections = 100;

/** One class in one image. */
interface Group {
  readonly objects: readonly LabelledBox[];
  /** The first hundred by falling score. */
  readonly detections: readonly Detection[];
  /** `[detection][object]`: intersection over union, or the share covered where the object is a crowd. */
  readonly overlap: readonly (readonly number[])[];
}

function groupOf({ objects, detections }: JudgedImage, label: number): Group {
  const own = objects.filter((object) => object.label === label);
  const best = byScore(detections.filter((detection) => detection.label === label)).slice(0, mostDetections);
  const overlap = best.map(({ box }) =>
    own.map((object) => (object.crowd ? coveredShare(box, object.box) : iou(box, object.box))),
  );
  return { objects: own, detections: best, overlap };
}

function isOutside(area: number, size: Size): boolean {
  const [from, to] = sizes[size];
  return area < from || area > to;
}

/** Whether an object is passed over: a crowd, or of another size. */
function isIgnored({ crowd, area }: LabelledBox, size: Size): boolean {
  return crowd || isOutside(area, size);
}

/**
 * What becomes of the detections of a group, by falling score. Each goes to the free object that it overlaps most (the last of several), of those that
 * count if it overlaps one of these enough; a crowd stays free for others. One that goes to none does not count where it is of another size.
 */
function verdictsOf({ objects, detections, overlap }: Group, least: number, size: Size): readonly Verdict[] {
  const ignored = objects.map((object) => isIgnored(object, size));
  // Objects that count come first: a detection that finds one of them looks no further.
  const order = objects.map((_, k) => k).toSorted((a, b) => Number(ignored[a]) - Number(ignored[b]));
  const taken = objects.map(() => false);
  return detections.map(({ box }, rank): Verdict => {
    let best = Math.min(least, 1 - 1e-10);
    let at: number | undefined;
    for (const k of order) {
      if (taken[k] === true && objects[k]?.crowd !== true) continue;
      if (at !== undefined && ignored[at] === false && ignored[k] === true) break;
      const shared = overlap[rank]?.[k] ?? 0;
      if (shared < best) continue;
      best = shared;
      at = k;
    }
    if (at === undefined) return isOutside(boxArea(box), size) ? 'ignored' : 'wrong';
    taken[at] = true;
    return ignored[at] === true ? 'ignored' : 'found';
  });
}

interface Curve {
  /** NaN if there is no object. */
  readonly ap: number;
  /** The maximum recall; NaN if there is no object. */
  readonly recall: number;
}

function curveOf(groups: readonly Group[], least: number, size: Size, limit: number): Curve {
  const objects = groups.reduce(
    (sum, group) => sum + group.objects.filter((object) => !isIgnored(object, size)).length,
    0,
  );
  if (objects === 0) return { ap: Number.NaN, recall: Number.NaN };
  const verdicts = groups
    .flatMap((group) => {
      const limited = { ...group, detections: group.detections.slice(0, limit) };
      const judged = verdictsOf(limited, least, size);
      return limited.detections.map(({ score }, rank) => ({ score, verdict: judged[rank] ?? 'ignored' }));
    })
    .toSorted((a, b) => b.score - a.score)
    .map(({ verdict }) => verdict);
  const curve = precisionRecall(verdicts, objects);
  return { ap: sampledPrecision(curve, recalls), recall: curve.recall.at(-1) ?? 0 };
}

/** COCO: the mean over ten overlaps, crowds passed over, a hundred detections an image and class. */
export const coco: ApProtocol = {
  name: 'coco',
  summary: 'COCO: the mean over the overlaps 0.5, 0.55, … 0.95 of the precision at 101 recalls; crowds passed over',
  source: 'Lin et al., arXiv 1405.0312; the program cocoeval of cocodataset/cocoapi',
  evaluate: (images, classes): ApReport => {
    checkJudged(images, classes);
    const labels = Array.from({ length: classes }, (_, label) => label);
    const groups = labels.map((label) => images.map((image) => groupOf(image, label)));
    /** `[class][overlap]` */
    const curves = (size: Size, limit: number): readonly (readonly Curve[])[] =>
      groups.map((own) => overlaps.map((least) => curveOf(own, least, size, limit)));
    const all = curves('all', mostDetections);
    const bySize = (['small', 'medium', 'large'] as const).map((size) => [size, curves(size, mostDetections)] as const);
    const byLimit = detectionLimits.map(
      (limit) => [limit, limit === mostDetections ? all : curves('all', limit)] as const,
    );
    const mean = (of: readonly (readonly Curve[])[], figure: keyof Curve): number =>
      meanOfNumbers(of.flat().map((curve) => curve[figure]));
    const at = (overlap: number): number => meanOfNumbers(all.map((own) => own[overlap]?.ap ?? Number.NaN));
    return {
      protocol: 'coco',
      meanAp: mean(all, 'ap'),
      meanApAtHalf: at(0),
      apByClass: all.map((own) => meanOfNumbers(own.map(({ ap }) => ap))),
      objectsByClass: groups.map((own) =>
        own.reduce((sum, { objects }) => sum + objects.filter(({ crowd }) => !crowd).length, 0),
      ),
      further: {
        AP75: at(5),
        ...Object.fromEntries(bySize.map(([size, own]) => [`AP-${size}`, mean(own, 'ap')])),
        ...Object.fromEntries(byLimit.map(([limit, own]) => [`AR-${limit}`, mean(own, 'recall')])),
        ...Object.fromEntries(bySize.map(([size, own]) => [`AR-${size}`, mean(own, 'recall')])),
      },
    };
  },
};
