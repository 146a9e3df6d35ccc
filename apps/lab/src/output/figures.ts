/** 0.12345 as 12.35 %. */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** 12,345,678 as 12.35 M. */
export function millions(count: number): string {
  return `${(count / 1e6).toFixed(2)} M`;
}
