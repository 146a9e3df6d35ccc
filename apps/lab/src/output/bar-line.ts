/** The contents of a progress bar's line. */
export interface BarLine {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** After the numbers: the unit, and the remaining time if known. */
  readonly told: string;
  /** Figures of the work, at the end. */
  readonly remark: string;
}

const widest = 24;
const narrowest = 4;
const shortestLabel = 8;

/**
 * A progress bar's line, fitted to the terminal. If that is narrow, the bar is shortened first, then the label, and last the end with the changing
 * figures.
 *
 * @param width of the terminal, in columns
 */
export function barLine({ label, done, total, told, remark }: BarLine, width: number): string {
  const figures = [`${done}/${total}`, told, remark].filter((part) => part !== '').join(' ');
  // For label and bar, without trailing spaces.
  const room = width - figures.length - 2;
  const size = Math.min(widest, Math.max(narrowest, room - label.length));
  const named = shortened(label, Math.max(shortestLabel, room - size));
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 1;
  const full = Math.round(size * share);
  return `${named} ${'█'.repeat(full)}${'░'.repeat(size - full)} ${figures}`.slice(0, width);
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
