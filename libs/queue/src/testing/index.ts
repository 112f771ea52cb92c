export { runHandler, type HandlerRun, type RunHandlerOptions } from './run-handler.js';
export { TestQueue, type TestQueueOptions } from './test-queue.js';
