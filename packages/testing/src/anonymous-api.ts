/**
 * Settings of an API whose clients need no API key. Tests and benchmarks use it unless API keys are what they are about.
 */
export const ANONYMOUS_API = { SLUICE_ALLOW_ANONYMOUS: 'true' }
