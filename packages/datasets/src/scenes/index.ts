export { type ScenesOptions, sceneClassNames, sceneSize, scenes } from './scenes.js';
