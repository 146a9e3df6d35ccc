/**
 * A rectangle along the axes, by its edges, in pixels of its image: x to the right, y downwards, the image's own corner at (0, 0). Edges
 * lie between pixels, so the box of one pixel in the corner is 0, 0, 1, 1, and a box's width is `right − left`.
 */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Height and width of an image, in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** What is in a box, as a data set says. */
export interface LabelledBox {
  readonly box: Box;
  /** Index into the class names of its set. */
  readonly label: number;
  /** Hard to recognise (PASCAL VOC): finding it gains nothing, missing it loses nothing. */
  readonly difficult: boolean;
  /** The object extends beyond the box (PASCAL VOC), or a crop has cut it. */
  readonly truncated: boolean;
  /** Not one object but a group that nobody counted (COCO's `iscrowd`). */
  readonly crowd: boolean;
  /** Area of the object in square pixels, by which COCO sorts objects into small, medium and large; the box's own where none is given. */
  readonly area: number;
}

/** Area of a box, 0 if it is empty or has its edges swapped. */
export function boxArea({ left, top, right, bottom }: Box): number {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}

/** The part of a box that two boxes share; empty (of area 0) where they share none. */
export function intersection(a: Box, b: Box): Box {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

/** The part of a box that lies in an image. */
export function clipToImage(box: Box, { height, width }: ImageSize): Box {
  return intersection(box, { left: 0, top: 0, right: width, bottom: height });
}

/** A labelled box whose every edge is moved and stretched; its area follows. */
export function mapBox(
  object: LabelledBox,
  { scaleX, scaleY, offsetX, offsetY }: { scaleX: number; scaleY: number; offsetX: number; offsetY: number },
): LabelledBox {
  const { left, top, right, bottom } = object.box;
  return {
    ...object,
    box: {
      left: left * scaleX + offsetX,
      top: top * scaleY + offsetY,
      right: right * scaleX + offsetX,
      bottom: bottom * scaleY + offsetY,
    },
    area: object.area * scaleX * scaleY,
  };
}
