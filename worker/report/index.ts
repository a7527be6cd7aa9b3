export { loadReport, type RecordsView } from './load-report.js';
export { type RenderedReport, renderReport } from './render-report.js';
export { type Report, reportOf } from './report.js';
