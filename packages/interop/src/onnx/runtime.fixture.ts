/** Another implementation of ONNX; undefined where it cannot be loaded. */
const runtime = await import('onnxruntime-web').catch(() => undefined);
if (runtime !== undefined) {
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'fatal';
}

export const hasRuntime = runtime !== undefined;

/** The outputs of a model by onnxruntime, by name; undefined where that cannot be loaded. */
export async function runtimeOutputs(
  bytes: Uint8Array,
  feeds: ReadonlyMap<string, Float32Array>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Promise<ReadonlyMap<string, Float64Array> | undefined> {
  if (runtime === undefined) return undefined;
  const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const tensors = [...feeds].map(([name, values]) => [
    name,
    new runtime.Tensor('float32', values, shapes.get(name) ?? []),
  ]);
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return new Map(
    Object.entries(results).map(([name, { data }]) => [
      name,
      Float64Array.from(data as ArrayLike<number | bigint>, Number),
    ]),
  );
}
