export { writeRecord } from '@rheobase/experiments/node';
