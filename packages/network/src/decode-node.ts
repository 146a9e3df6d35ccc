import type { Decode } from './decode.js';
import { text } from './decode.js';
import { inWords } from './in-words.js';
import type { NetworkNode, Op } from './node.js';
import { operations } from './operations/operations.js';
import { unknownName } from './registry.js';

const isOp = (op: string): op is Op => Object.hasOwn(operations, op);

/**
 * A node from plain data, with exactly the fields of its operation. The validator checks whether it fits its network.
 *
 * @param at its location, for messages
 * @throws naming the node and the field.
 */
export const decodeNode: Decode<NetworkNode> = (value, at) => {
  if (typeof value !== 'object' || value === null) throw new Error(`${at} must be an object, not ${inWords(value)}.`);
  const op = text('op' in value ? value.op : undefined, `${at}: op`);
  const name = text('name' in value ? value.name : undefined, `${at}: name`);
  if (!isOp(op)) throw new Error(`${at} '${name}': ${unknownName('operation', op, Object.keys(operations))}`);
  return operations[op].decode(value, `${at} '${name}' (${op})`);
};
