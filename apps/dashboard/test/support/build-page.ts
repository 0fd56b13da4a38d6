import { build } from 'vite'

/** Builds the page before the tests that open it. */
export default async function setup(): Promise<void> {
  const root = new URL('../../', import.meta.url).pathname
  await build({ root, configFile: `${root}vite.config.ts`, logLevel: 'warn' })
}
