import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The Chromium of this machine, or the one that SLUICE_TEST_CHROMIUM names. Undefined: none, so the tests are skipped. */
export const executable = process.env.SLUICE_TEST_CHROMIUM ?? PLACES.find((place) => existsSync(place))

/** Starts Chromium without a window, and without services that call home. */
export function startChromium(): Promise<Browser> {
  if (executable === undefined) throw new Error('No Chromium was found. Set SLUICE_TEST_CHROMIUM to its path.')
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
  })
}
