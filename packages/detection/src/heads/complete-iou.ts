import type { Box } from '@rheobase/datasets';

/** A box by its centre and size. */
export interface CentredBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function centred({ left, top, right, bottom }: Box): CentredBox {
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}

export function edgesOf({ x, y, width, height }: CentredBox): Box {
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

/** A number and its derivatives with respect to x, y, width and height of a box. */
interface Dual {
  readonly value: number;
  readonly slope: readonly [number, number, number, number];
}

const constant = (value: number): Dual => ({ value, slope: [0, 0, 0, 0] });

/** a·p + b·q in its derivatives. */
function combine(value: number, a: Dual, p: number, b: Dual, q: number): Dual {
  const at = (k: 0 | 1 | 2 | 3): number => a.slope[k] * p + b.slope[k] * q;
  return { value, slope: [at(0), at(1), at(2), at(3)] };
}

const plus = (a: Dual, b: Dual): Dual => combine(a.value + b.value, a, 1, b, 1);
const minus = (a: Dual, b: Dual): Dual => combine(a.value - b.value, a, 1, b, -1);
const times = (a: Dual, b: Dual): Dual => combine(a.value * b.value, a, b.value, b, a.value);
const over = (a: Dual, b: Dual): Dual => combine(a.value / b.value, a, 1 / b.value, b, -a.value / b.value ** 2);
const greater = (a: Dual, b: Dual): Dual => (a.value >= b.value ? a : b);
const lesser = (a: Dual, b: Dual): Dual => (a.value <= b.value ? a : b);
const square = (a: Dual): Dual => times(a, a);
const arctan = (a: Dual): Dual => combine(Math.atan(a.value), a, 1 / (1 + a.value ** 2), a, 0);

/** Complete IoU of two boxes, its derivatives with respect to the first, and their plain IoU. */
export interface CompleteIou {
  readonly ciou: number;
  readonly iou: number;
  /** With respect to x, y, width and height. */
  readonly slope: readonly [x: number, y: number, width: number, height: number];
}

/**
 * CIoU (Zheng et al., arXiv 1911.08287): IoU − ρ²/c² − α·v, with ρ the distance of the centres, c the diagonal of the box around both,
 * v = 4/π²·(arctan(w′/h′) − arctan(w/h))² and α = v/(1 − IoU + v), which counts as a constant in the derivatives.
 *
 * @param box of positive width and height
 */
export function completeIou(box: CentredBox, target: CentredBox): CompleteIou {
  const x: Dual = { value: box.x, slope: [1, 0, 0, 0] };
  const y: Dual = { value: box.y, slope: [0, 1, 0, 0] };
  const width: Dual = { value: box.width, slope: [0, 0, 1, 0] };
  const height: Dual = { value: box.height, slope: [0, 0, 0, 1] };
  const half = constant(0.5);
  const [left, right] = [minus(x, times(half, width)), plus(x, times(half, width))];
  const [top, bottom] = [minus(y, times(half, height)), plus(y, times(half, height))];
  const edges = edgesOf(target);
  const [toLeft, toRight] = [constant(edges.left), constant(edges.right)];
  const [toTop, toBottom] = [constant(edges.top), constant(edges.bottom)];

  const nothing = constant(0);
  const sharedWidth = greater(nothing, minus(lesser(right, toRight), greater(left, toLeft)));
  const sharedHeight = greater(nothing, minus(lesser(bottom, toBottom), greater(top, toTop)));
  const shared = times(sharedWidth, sharedHeight);
  const union = minus(plus(times(width, height), constant(target.width * target.height)), shared);
  const iou = over(shared, union);

  const diagonal = plus(
    square(minus(greater(right, toRight), lesser(left, toLeft))),
    square(minus(greater(bottom, toBottom), lesser(top, toTop))),
  );
  const distance = plus(square(minus(x, constant(target.x))), square(minus(y, constant(target.y))));
  const angle = minus(constant(Math.atan(target.width / target.height)), arctan(over(width, height)));
  const v = times(constant(4 / Math.PI ** 2), square(angle));
  const alpha = v.value === 0 ? 0 : v.value / (1 - iou.value + v.value);
  const ciou = minus(minus(iou, over(distance, diagonal)), times(constant(alpha), v));
  return { ciou: ciou.value, iou: iou.value, slope: ciou.slope };
}
