/**
 * The class with the largest logit for each image; the first of equal ones.
 *
 * @param logits `[N, K]`, row-major
 * @throws if a logit is not finite, naming the image.
 */
export function predictions(logits: ArrayLike<number>, classes: number): Int32Array {
  const count = logits.length / classes;
  for (let i = 0; i < logits.length; i++) {
    if (!Number.isFinite(logits[i])) {
      throw new Error(
        `The logits of image ${Math.floor(i / classes)} hold ${logits[i]}, so there is no predicted class: ` +
          'look for weights that are too large, or inputs that are not normalised.',
      );
    }
  }
  return Int32Array.from({ length: count }, (_, image) => {
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if ((logits[image * classes + k] ?? 0) > (logits[image * classes + best] ?? 0)) best = k;
    }
    return best;
  });
}

/** Number of correctly classified images. */
export function countCorrect(logits: ArrayLike<number>, labels: Int32Array): number {
  const classes = logits.length / Math.max(labels.length, 1);
  return predictions(logits, classes).reduce(
    (correct, prediction, image) => correct + (prediction === labels[image] ? 1 : 0),
    0,
  );
}
