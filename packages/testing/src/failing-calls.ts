/** Something that runs kernels: tfjs' engine. */
interface KernelRunner {
  runKernel(...given: never[]): unknown;
}

/**
 * Runs code while a runner's calls fail from a given one on, as when memory runs out.
 *
 * @param allowed how many calls succeed
 * @returns the number of calls, and what the code threw, if anything
 */
export async function withFailingCalls(
  runner: KernelRunner,
  allowed: number,
  code: () => unknown,
): Promise<{ readonly calls: number; readonly thrown: unknown }> {
  const own = Object.getOwnPropertyDescriptor(runner, 'runKernel');
  const { runKernel } = runner;
  let calls = 0;
  Object.defineProperty(runner, 'runKernel', {
    configurable: true,
    value: (...given: never[]): unknown => {
      const [name]: readonly unknown[] = given;
      // A second handle to the same values takes no memory and never fails.
      if (name === 'Identity') return runKernel.apply(runner, given);
      calls++;
      if (calls > allowed) throw new Error(`the kernel call number ${calls} fails`);
      return runKernel.apply(runner, given);
    },
  });
  try {
    await code();
    return { calls, thrown: undefined };
  } catch (error) {
    return { calls, thrown: error };
  } finally {
    Reflect.deleteProperty(runner, 'runKernel');
    if (own !== undefined) Object.defineProperty(runner, 'runKernel', own);
  }
}
