export { type AppOptions, buildApp } from './app.ts'
export { ConfigSchema, program } from './config.ts'
