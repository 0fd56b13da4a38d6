export { BUILD_INFO } from './build-info.ts'
export { describeSettings, type SettingDescription } from './describe-settings.ts'
export {
  type Host,
  helpText,
  isOnlyCheck,
  optionValue,
  type Program,
  readSettingsOrExit,
} from './read-settings-or-exit.ts'
export { type Environment, readSettings, type ReadSettingsOptions } from './read-settings.ts'
export { logOutput, type OutputLog, type OutputSource } from './log-output.ts'
export { readVersion } from './read-version.ts'
export { redisUrl } from './redis-url.ts'
export type { Settings } from './setting-schema.ts'
export { keyPrefix, logLevel, sluiceNames } from './sluice-settings.ts'
export { SettingsError } from './settings-error.ts'
