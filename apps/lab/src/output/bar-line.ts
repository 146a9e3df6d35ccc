/** What the line of a bar says. */
export interface BarLine {
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Follows the numbers: the unit, and the time left where it is known. */
  readonly told: string;
  /** Figures of the work, at the end. */
  readonly remark: string;
}

const widest = 24;
const narrowest = 4;
const shortestLabel = 8;

/**
 * The line of a bar, no wider than a terminal. Where it is narrow, the bar becomes shorter first, then the label; the end is cut last, because
 * the figures are what changes.
 *
 * @param width of the terminal, in columns
 */
export function barLine({ label, done, total, told, remark }: BarLine, width: number): string {
  const figures = [`${done}/${total}`, told, remark].filter((part) => part !== '').join(' ');
  // For label and bar, without the spaces behind them.
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
