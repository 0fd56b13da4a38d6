/** The metric that each process has beside its own. Its value is 1. */
export const BUILD_INFO = {
  name: 'sluice_build_info',
  help: 'The version of this process and of its Node. Always 1.',
  labelNames: ['process', 'version', 'node'],
}
