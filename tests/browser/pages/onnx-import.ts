// Runs in a page: all that it needs to read an ONNX model and to keep the network.
import { importOnnx } from '@rheobase/interop';
import { encodeNetwork } from '@rheobase/network';

/** Fetches a model and gives the bytes of its network. */
async function networkOf(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  return encodeNetwork(importOnnx(new Uint8Array(await response.arrayBuffer()), url).network);
}

Object.assign(globalThis, { onnx: { networkOf } });
