import type { Box, LabelledBox } from '@rheobase/datasets';
import type { Detection, JudgedImage } from '../detection.js';

// An independent statement of the protocols, as slow as it likes: no envelope, no accumulation, nothing shared with the package.

function overlapOf(a: Box, b: Box, crowd: boolean): number {
  const w = Math.max(Math.min(a.right, b.right) - Math.max(a.left, b.left), 0);
  const h = Math.max(Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top), 0);
  const own = (a.right - a.left) * (a.bottom - a.top);
  const other = (b.right - b.left) * (b.bottom - b.top);
  return (w * h) / (crowd ? own : own + other - w * h);
}

interface Ranked {
  readonly image: number;
  readonly detection: Detection;
}

/** Detections of a class over all images, by falling score, those of one score by image and place. */
function ranked(images: readonly JudgedImage[], label: number, limit: number): readonly Ranked[] {
  const all: Ranked[] = [];
  images.forEach((image, at) => {
    const own = image.detections.filter((detection) => detection.label === label);
    const order = own.map((_, k) => k).toSorted((a, b) => (own[b]?.score ?? 0) - (own[a]?.score ?? 0) || a - b);
    for (const k of order.slice(0, limit)) {
      const detection = own[k];
      if (detection !== undefined) all.push({ image: at, detection });
    }
  });
  return all
    .map((entry, place) => ({ entry, place }))
    .toSorted((a, b) => b.entry.detection.score - a.entry.detection.score || a.place - b.place)
    .map(({ entry }) => entry);
}

/** Recall and precision of the first k detections, computed from scratch for each k. */
function curve(outcomes: readonly string[], objects: number): readonly { recall: number; precision: number }[] {
  const counted = outcomes.filter((outcome) => outcome !== 'ignored');
  return counted.map((_, k) => {
    const first = counted.slice(0, k + 1);
    const found = first.filter((outcome) => outcome === 'found').length;
    return { recall: found / objects, precision: found / first.length };
  });
}

/** The greatest precision at a recall of at least r. */
function precisionAt(points: readonly { recall: number; precision: number }[], r: number): number {
  return points.reduce((most, { recall, precision }) => (recall >= r ? Math.max(most, precision) : most), 0);
}

function mean(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function vocOutcomes(images: readonly JudgedImage[], label: number): readonly string[] {
  const used = new Set<LabelledBox>();
  return ranked(images, label, Infinity).map(({ image, detection }) => {
    const own = (images[image]?.objects ?? []).filter((object) => object.label === label);
    const overlaps = own.map((object) => overlapOf(detection.box, object.box, false));
    const target = own[overlaps.indexOf(Math.max(...overlaps))];
    if (target === undefined || overlapOf(detection.box, target.box, false) < 0.5) return 'wrong';
    if (target.difficult) return 'ignored';
    if (used.has(target)) return 'wrong';
    used.add(target);
    return 'found';
  });
}

/** Mean AP by VOC's rules, at eleven points or by the area. */
export function slowVoc(images: readonly JudgedImage[], classes: number, how: 'eleven-points' | 'area'): number {
  return mean(
    Array.from({ length: classes }, (_, label) => {
      const objects = images.flatMap((image) => image.objects).filter((o) => o.label === label && !o.difficult).length;
      if (objects === 0) return Number.NaN;
      const points = curve(vocOutcomes(images, label), objects);
      if (how === 'eleven-points') {
        return mean([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((tenth) => precisionAt(points, tenth / 10)));
      }
      const recalls = [...new Set(points.map(({ recall }) => recall))].toSorted((a, b) => a - b);
      return recalls.reduce((sum, r, k) => sum + (r - (recalls[k - 1] ?? 0)) * precisionAt(points, r), 0);
    }),
  );
}

function cocoOutcomes(
  images: readonly JudgedImage[],
  { label, least, from, to, limit }: { label: number; least: number; from: number; to: number; limit: number },
): readonly string[] {
  const used = new Set<LabelledBox>();
  return ranked(images, label, limit).map(({ image, detection }) => {
    const own = (images[image]?.objects ?? []).filter((object) => object.label === label);
    const pick = (candidates: readonly LabelledBox[]): LabelledBox | undefined => {
      const close = candidates.filter((object) => overlapOf(detection.box, object.box, object.crowd) >= least);
      const most = Math.max(...close.map((object) => overlapOf(detection.box, object.box, object.crowd)));
      return close.findLast((object) => overlapOf(detection.box, object.box, object.crowd) === most);
    };
    const counts = (object: LabelledBox): boolean => !object.crowd && object.area >= from && object.area <= to;
    const wanted = pick(own.filter((object) => counts(object) && !used.has(object)));
    if (wanted !== undefined) {
      used.add(wanted);
      return 'found';
    }
    const passed = pick(own.filter((object) => !counts(object) && (object.crowd || !used.has(object))));
    if (passed !== undefined) {
      used.add(passed);
      return 'ignored';
    }
    const { left, top, right, bottom } = detection.box;
    const area = (right - left) * (bottom - top);
    return area < from || area > to ? 'ignored' : 'wrong';
  });
}

/** AP and AR by COCO's rules over classes and overlaps, for one range of areas and one limit of detections. */
export function slowCoco(
  images: readonly JudgedImage[],
  classes: number,
  {
    from = 0,
    to = 1e10,
    limit = 100,
    leasts = Array.from({ length: 10 }, (_, k) => 0.5 + k * 0.05),
  }: { from?: number; to?: number; limit?: number; leasts?: readonly number[] } = {},
): { readonly ap: number; readonly ar: number } {
  const figures = Array.from({ length: classes }, (_, label) => label).flatMap((label) =>
    leasts.map((least) => {
      const objects = images
        .flatMap((image) => image.objects)
        .filter((o) => o.label === label && !o.crowd && o.area >= from && o.area <= to).length;
      if (objects === 0) return { ap: Number.NaN, ar: Number.NaN };
      const points = curve(cocoOutcomes(images, { label, least, from, to, limit }), objects);
      const sampled = Array.from({ length: 101 }, (_, k) => precisionAt(points, k * 0.01));
      return { ap: mean(sampled), ar: Math.max(0, ...points.map(({ recall }) => recall)) };
    }),
  );
  return { ap: mean(figures.map(({ ap }) => ap)), ar: mean(figures.map(({ ar }) => ar)) };
}
