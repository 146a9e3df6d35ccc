import { broadcast_util, util } from '@tensorflow/tfjs-core';
import type { NativeKernel } from './native-kernel.js';
import { requireInput } from './native-kernel.js';

const eights = (count: number): number => Math.ceil(count / 8) * 8;

/** Matrix products, of which either side may be transposed, over batches that broadcast. */
export const productKernels: readonly NativeKernel[] = [
  {
    kernelName: 'BatchMatMul',
    prepare: (module) => {
      const straight = module.kernel('f32_gemm_nx_8x8');
      const transposed = module.kernel('f32_gemm_tx_8x8');
      return ({ inputs, attributes, heap, stock }) => {
        const a = requireInput(inputs, 'a', 'BatchMatMul');
        const b = requireInput(inputs, 'b', 'BatchMatMul');
        const transposeA = attributes.transposeA === true;
        const transposeB = attributes.transposeB === true;
        if (a.dtype !== 'float32' || b.dtype !== 'float32') return stock();
        const [aRows = 1, aColumns = 1] = a.shape.slice(-2);
        const [bRows = 1, bColumns = 1] = b.shape.slice(-2);
        const [rows, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
        const [inner, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
        if (depth !== inner) {
          throw new Error(
            `matMul of [${a.shape.join(', ')}]${transposeA ? 'ᵀ' : ''} and [${b.shape.join(', ')}]` +
              `${transposeB ? 'ᵀ' : ''}: the inner sizes are ${depth} and ${inner}, and must be equal.`,
          );
        }
        const [aBatch, bBatch] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
        const batch = broadcast_util.assertAndGetBroadcastShape(aBatch, bBatch);
        const [count, aCount, bCount] = [batch, aBatch, bBatch].map((shape) => util.sizeFromShape(shape));
        // One product, or as many as there are on either side, or one side shared by all.
        const simple = (part: number | undefined): boolean => part === count || part === 1;
        if (count === undefined || !simple(aCount) || !simple(bCount)) return stock();
        const y = heap.output([...batch, rows, columns]);
        const scratch = transposeA
          ? eights(rows) * eights(columns) + 256 * (eights(rows) + eights(columns))
          : eights(columns) * (depth + 1);
        heap.withScratch(scratch * 4, (scratchAddress) => {
          const place = (address: number, part: number | undefined, i: number, size: number): number =>
            part === 1 ? address : address + i * size * 4;
          for (let i = 0; i < count; i++) {
            (transposeA ? transposed : straight)(
              place(heap.address(a), aCount, i, rows * depth),
              place(heap.address(b), bCount, i, depth * columns),
              heap.address(y) + i * rows * columns * 4,
              scratchAddress,
              rows,
              depth,
              columns,
              transposeB ? 1 : 0,
            );
          }
        });
        return y;
      };
    },
  },
];
