import type { ActivationSpec } from '@rheobase/network';
import type { OnnxAttribute } from './model.js';

/** What an operator of an activation reads in addition to the preceding value: θ, or a constant. */
export type Operand = 'threshold' | { readonly name: string; readonly value: number };

/** One operator of an activation. */
export interface ActivationStep {
  readonly type: string;
  readonly operands?: readonly Operand[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** The operators that compute an activation, each on the value of the one before; or none are known. */
export type ActivationPlan =
  | { readonly kind: 'known'; steps(isScalar: boolean): readonly ActivationStep[] }
  | { readonly kind: 'unknown' };

const constant = (name: string, value: number): Operand => ({ name, value });
const always = (...steps: readonly ActivationStep[]): ActivationPlan => ({ kind: 'known', steps: () => steps });

/** |θ|·clip(⌊x·L/|θ| + ½⌋/L, lowest/L, 1), in the order in which it is defined. */
const grid = (levels: number, lowest: number): readonly ActivationStep[] => [
  { type: 'Mul', operands: [constant('levels', levels)] },
  { type: 'Div', operands: ['threshold'] },
  { type: 'Add', operands: [constant('half', 0.5)] },
  { type: 'Floor' },
  { type: 'Clip', operands: [constant('lowest', lowest), constant('highest', levels)] },
  { type: 'Div', operands: [constant('levels', levels)] },
  { type: 'Mul', operands: ['threshold'] },
];

/** How an activation is made of ONNX' operators. */
export function activationSteps({ kind, attributes }: ActivationSpec): ActivationPlan {
  const { levels = 1, slope = 0 } = attributes;
  const leaky: ActivationStep = { type: 'LeakyRelu', attributes: { alpha: { float: slope } } };
  switch (kind) {
    case 'relu':
      return always({ type: 'Relu' });
    case 'relu6':
      return always({ type: 'Clip', operands: [constant('zero', 0), constant('six', 6)] });
    case 'leaky-relu':
      return always(leaky);
    case 'clip':
      return {
        kind: 'known',
        // Clip takes scalars only.
        steps: (isScalar) =>
          isScalar
            ? [{ type: 'Clip', operands: [constant('zero', 0), 'threshold'] }]
            : [{ type: 'Relu' }, { type: 'Min', operands: ['threshold'] }],
      };
    case 'quant-clip':
    case 'qcfs':
      return always(...grid(levels, 0));
    case 'leaky-quant-clip':
      return always(leaky, ...grid(levels, -levels));
    default:
      return { kind: 'unknown' };
  }
}
