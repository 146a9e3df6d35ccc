import type { Network, OptionTable, OptionValues } from '@rheobase/network';
import { activationSites, analogHead, assertValid, NetworkError, optionValues } from '@rheobase/network';
import type { ConversionMethod, ConversionTask, ConvertedNetwork, MethodNeeds } from './conversion-method.js';

/** A task with the images that the method needs. */
export type TaskWithImages = ConversionTask & { readonly images: NonNullable<ConversionTask['images']> };

interface Definition<Options extends OptionTable, Task extends ConversionTask>
  extends Omit<ConversionMethod, 'options' | 'dependsOnSteps' | 'convert' | 'needs'> {
  readonly options: Options;
  readonly dependsOnSteps: boolean | ((options: OptionValues<Options>) => boolean);
  /** Given a task and options that were checked. */
  readonly convert: (task: Task, options: OptionValues<Options>) => Promise<ConvertedNetwork>;
}

/** A method that is given a task only if it can do it. */
export function methodWithImages<Options extends OptionTable>(
  needs: MethodNeeds & { readonly images: 'unlabelled' | 'labelled' },
  definition: Definition<Options, TaskWithImages>,
): ConversionMethod {
  return checked(needs, definition, ({ images, ...task }) => {
    if (images === undefined) {
      throw new Error(`The method '${definition.name}' calibrates on training images; pass some with the task.`);
    }
    return { ...task, images };
  });
}

/** The same for a method that looks at no images. */
export function methodWithoutImages<Options extends OptionTable>(
  network: MethodNeeds['network'],
  definition: Definition<Options, ConversionTask>,
): ConversionMethod {
  return checked({ network, images: 'none' }, definition, (task) => task);
}

function checked<Options extends OptionTable, Task extends ConversionTask>(
  needs: MethodNeeds,
  { dependsOnSteps, convert, ...definition }: Definition<Options, Task>,
  withImages: (task: ConversionTask) => Task,
): ConversionMethod {
  const { name, options } = definition;
  return {
    ...definition,
    needs,
    dependsOnSteps: (given) => {
      const values = optionValues(name, options, given);
      return typeof dependsOnSteps === 'boolean' ? dependsOnSteps : dependsOnSteps(values);
    },
    convert: async (task, given) => {
      const values = optionValues(name, options, given);
      if (!Number.isSafeInteger(task.steps) || task.steps < 1) {
        throw new Error(`T must be an integer of at least 1, not ${task.steps}.`);
      }
      assertBeginning(name, needs, task.network);
      return convert(withImages(task), values);
    },
  };
}

/** Refuses a network that a method cannot start from, naming its nodes. */
function assertBeginning(method: string, needs: MethodNeeds, network: Network): void {
  assertValid(network);
  const head = analogHead(network);
  const problems = network.nodes.flatMap((node) => {
    const message = head.has(node.name) ? undefined : whyNot(method, needs, node);
    return message === undefined ? [] : [{ subject: node.name, message }];
  });
  if (activationSites(network).length === 0) {
    problems.push({ subject: 'network', message: 'it has no activation sites, so there is nothing to convert' });
  }
  if (problems.length > 0) throw new NetworkError(problems);
}

function whyNot(method: string, needs: MethodNeeds, node: Network['nodes'][number]): string | undefined {
  if (node.op === 'neuron') return `the method '${method}' starts from an analog network, but this is a neuron`;
  if (node.op === 'batchNorm') return 'fold the batch norms of the network first (foldBatchNorm)';
  if (node.op !== 'activation' || needs.network === 'source') return undefined;
  if (node.activation.attributes['levels'] !== undefined) return undefined;
  return (
    `the method '${method}' starts from a quantized network, but '${node.activation.kind}' is not quantized; ` +
    'fine-tune the network with quantized activations first (stage I)'
  );
}
