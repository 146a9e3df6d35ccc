import type { LabelledBox } from '@rheobase/datasets';
import type { HeadSpec } from '@rheobase/models';
import { shapeIou } from '../anchors.js';
import { centred } from './complete-iou.js';
import type { MapShape } from './feature-map.js';

/** The place that is responsible for an object. */
export interface Assignment {
  readonly object: LabelledBox;
  /** Position among the spec's maps. */
  readonly map: number;
  readonly row: number;
  readonly column: number;
  /** Position among the map's anchors. */
  readonly anchor: number;
}

/**
 * Gives every object the cell that its centre lies in, on the map and at the anchor whose shape it overlaps most; where another object was
 * first, the next best. Crowds get none, and neither do objects for which nothing is left.
 *
 * @param shapes of the maps
 */
export function assignAnchors(
  objects: readonly LabelledBox[],
  spec: HeadSpec,
  shapes: readonly Pick<MapShape, 0 | 1>[],
): readonly Assignment[] {
  const taken = new Set<string>();
  return objects.flatMap((object) => {
    if (object.crowd) return [];
    const { x, y, width, height } = centred(object.box);
    const places = spec.maps.flatMap(({ stride, anchors }, map) =>
      anchors.map((size, anchor) => ({
        object,
        map,
        row: cellOf(y, stride, shapes[map]?.[0] ?? 1),
        column: cellOf(x, stride, shapes[map]?.[1] ?? 1),
        anchor,
        fit: shapeIou([width, height], size),
      })),
    );
    for (const { fit: _, ...place } of places.toSorted((a, b) => b.fit - a.fit)) {
      const key = `${place.map} ${place.row} ${place.column} ${place.anchor}`;
      if (taken.has(key)) continue;
      taken.add(key);
      return [place];
    }
    return [];
  });
}

function cellOf(position: number, stride: number, cells: number): number {
  return Math.min(Math.max(Math.floor(position / stride), 0), cells - 1);
}
