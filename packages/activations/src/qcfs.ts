import { attributeValues, partsOf } from '@rheobase/network';
import type { Activation } from './activation.js';
import { levels } from './levels.js';
import { quantClip } from './quant-clip.js';
import { signedThreshold } from './signed-threshold.js';
import { onThresholdGrid } from './threshold-grid.js';

const parameters = { threshold: signedThreshold };
const attributes = { levels };

/**
 * The quantization clip-floor-shift activation with shift ½ (Bu et al., "Optimal ANN-SNN conversion for high-accuracy
 * and ultra-low-latency spiking neural networks", ICLR 2022): λ·clip(⌊z·L/λ + ½⌋/L, 0, 1), λ = |θ|. Its values are those
 * of `quant-clip`; its gradients are the paper's, which stop at the start of the highest level, and it trains without
 * noise. With h the activation: ∂h/∂z = 1 and ∂h/∂λ = (h − z)/λ for −λ/2L ≤ z < λ − λ/2L; below, both are 0; above,
 * ∂h/∂z = 0 and ∂h/∂λ = 1.
 */
export const qcfs: Activation = {
  kind: 'qcfs',
  summary: '|θ|·clip(⌊z·L/|θ| + ½⌋/L, 0, 1) with the gradients of Bu et al.',
  parameters,
  attributes,
  reference: quantClip.reference,
  gradient(z, values) {
    const { threshold } = partsOf(parameters, values);
    const lambda = Math.abs(threshold);
    const half = lambda / (2 * attributeValues(attributes, values).levels);
    const sign = Math.sign(threshold);
    if (z < -half) return { z: 0, parameters: { threshold: 0 } };
    if (z >= lambda - half) return { z: 0, parameters: { threshold: sign } };
    return { z: 1, parameters: { threshold: (sign * (qcfs.reference(z, values) - z)) / lambda } };
  },
  edges(values) {
    const lambda = Math.abs(partsOf(parameters, values).threshold);
    const count = attributeValues(attributes, values).levels;
    return Array.from({ length: count + 1 }, (_, n) => ((n - 0.5) * lambda) / count);
  },
  evaluate(z, given, fixed) {
    const count = attributeValues(attributes, fixed).levels;
    return onThresholdGrid(z, partsOf(parameters, given).threshold, {
      levels: count,
      lowest: 0,
      highestPassing: count - 1,
      quantization: { kind: 'half-up' },
    });
  },
};
