import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import * as tf from '@tensorflow/tfjs-core';

// tfjs looks for its own files next to the page's script, where no bundler puts them. Tell it where they are before the backend starts.
setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});
// In a cross-origin-isolated page tfjs would start its threaded build, which breaks when minified.
tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
await tf.setBackend('wasm');
await registerTrainingKernels();

const gradient = tf.grad((x) => tf.sum(tf.sigmoid(x)))(tf.tensor([0]));
document.body.append(`The derivative of the sigmoid at 0 is ${(await gradient.data())[0]}.`);
