import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installationTest } from '@sluice/testing'
import { expect } from 'vitest'

const run = promisify(execFile)

const folder = fileURLToPath(new URL('../clients/python', import.meta.url))

/** The oldest version that the client supports. */
const CHECK = 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)'

const hasPython = await run('python3', ['-c', CHECK]).then(
  () => true,
  () => false,
)

installationTest.skipIf(!hasPython)(
  'the Python client passes its own tests against a real API',
  async ({ api, upstream, startWorker }) => {
    await startWorker()
    const env = {
      ...process.env,
      SLUICE_URL: api.url,
      UPSTREAM: upstream,
      PYTHONPATH: folder,
      PYTHONDONTWRITEBYTECODE: '1',
    }

    const { stderr } = await run('python3', ['-m', 'unittest', 'discover', '-s', 'tests'], { cwd: folder, env })

    expect(stderr).toMatch(/Ran [1-9]\d* tests in .*\n\nOK\n/)
  },
)
