import type { Plan } from './plan.js';
import type { RunPart } from './probe-record.js';
import type { Workspace } from './workspace.js';

/** Writes the step biases of a plan for each part of a run, where the workspace does not have them from the image before. */
export function stepBiasWriter({ stepBiases }: Plan): (part: RunPart, workspace: Workspace) => void {
  let written: number | undefined;
  return ({ before, steps }, workspace) => {
    if (written === before) return;
    for (const { layout, offset, number, rows } of stepBiases) {
      const { channels, pitch } = layout;
      const size = layout.rows * layout.columns * pitch;
      // Steps after the last row have no bias; neither do the padding channels.
      const values = workspace.numbers(number, offset, steps * size).fill(0);
      const most = rows.length / channels - before;
      for (let t = 0; t < Math.min(steps, most); t++) {
        for (let pixel = t * size; pixel < (t + 1) * size; pixel += pitch) {
          for (let c = 0; c < channels; c++) values[pixel + c] = rows[(before + t) * channels + c] ?? 0;
        }
      }
    }
    written = before;
  };
}
