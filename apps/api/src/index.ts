export { type AppOptions, buildApp } from './app.ts'
export { apiSettings, program } from './settings.ts'
