/** The app cannot run with the configuration it got: a port in use, a token file that is not there. It exits with 2. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
