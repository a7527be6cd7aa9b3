export * from '../../activities/alert.js';
