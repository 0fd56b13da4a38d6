import { build } from 'vite'

/**
 * Builds the page before the tests that open it, as a release does: with the `NODE_ENV` of vitest, the page would have what
 * only helps its developers.
 */
export default async function setup(): Promise<void> {
  const root = new URL('../../', import.meta.url).pathname
  const { NODE_ENV } = process.env
  process.env.NODE_ENV = 'production'
  await build({ root, configFile: `${root}vite.config.ts`, logLevel: 'warn' })
  process.env.NODE_ENV = NODE_ENV
}
