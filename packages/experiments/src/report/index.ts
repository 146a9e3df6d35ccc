export { type DrawnCurves, energyPicture, firingPicture, scorePicture } from './curve-pictures.js';
export { type DrawnLedger, ledgerPicture } from './ledger-picture.js';
export { escapeMarkup } from './markup.js';
export { ink, type Key, pictureFrame, plotMarkup, remark } from './picture-frame.js';
export { type DrawnRaster, rasterPicture } from './raster-picture.js';
export { reportPage } from './report-page.js';
export { comparingPictures, type ReportPicture, runPictures } from './report-pictures.js';
export type * from './reported-run.js';
export { type ScoreName, scoreName } from './score-name.js';
