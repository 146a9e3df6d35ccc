import { defaultNormalizations, figuresName, figuresPattern, type NormalizationFigures } from '@rheobase/datasets';
import { unknownName } from '@rheobase/network';
import { z } from 'zod';

const figures = z
  .array(z.number())
  .min(1)
  .describe('of pixels divided by the scale: one figure for each channel in the order of the input, or one for all');

const meanAndStd = z
  .strictObject({
    mean: figures,
    std: figures,
    scale: z.number().optional().describe('what pixels are divided by first; default: 255'),
    channelOrder: z
      .enum(['rgb', 'bgr'])
      .optional()
      .describe('bgr for networks that take blue before red; default: rgb'),
  })
  .describe('the mean and deviation that the network was trained with');

const ownFigures = meanAndStd.refine((given) => faultOf(given) === undefined).transform(figuresName);

/** Why figures are none of a normalization, if they are none. */
function faultOf(given: NormalizationFigures): string | undefined {
  try {
    figuresName(given);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const nameOfFigures = z
  .string()
  .regex(figuresPattern, {
    error: ({ input }) =>
      `${unknownName('normalization', String(input), defaultNormalizations.names)} Or give the figures: { mean: […], std: […] }.`,
  })
  .describe('such figures as one text');

/** A normalization by its name, or by its mean and std, which become a name that contains them. */
export const normalization = z.union(
  [z.enum(defaultNormalizations.names).describe('one that is known by name'), ownFigures, nameOfFigures],
  {
    error: ({ input }) => {
      const given = meanAndStd.safeParse(input);
      return given.success ? faultOf(given.data) : 'It must be a name, or figures: { mean: […], std: […] }.';
    },
  },
);
