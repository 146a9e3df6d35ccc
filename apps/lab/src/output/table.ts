import { printableLine } from '@rheobase/network';

/** Rows of cells as aligned text; the first row is the header. Cells that look like numbers are right-aligned. */
export function table(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(printableLine));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const numeric = widths.map((_, column) =>
    rows.slice(1).every((row) => /^[-−\d.,]*\s?[%×]?$/.test(row[column] ?? '')),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = rows;
  return [line(head), widths.map((width) => '─'.repeat(width)).join('──'), ...body.map(line)].join('\n');
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** 12,345,678 as 12.35 M. */
export function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}
