import { shortName, textWidth } from './text-lines.js';

/** Room for the names of nodes at the left of a picture. */
export function marginForNames(nodes: readonly string[], width: number): number {
  return Math.ceil(Math.min(20 + Math.max(...nodes.map((node) => textWidth(node, 12))), 0.45 * width));
}

/** A node's name, as far as there is room for it. */
export function nameThatFits(node: string, margin: number): string {
  return shortName(node, margin - 18, 12);
}
