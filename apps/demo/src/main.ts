import { readFileSync } from 'node:fs'
import { Sluice } from '@sluice/client'
import { readSettingsOrExit, sluiceNames, readVersion } from '@sluice/settings'
import { demoSettings } from './settings.ts'
import { playFirstAct } from './first-act.ts'
import { playSecondAct } from './second-act.ts'

const settings = readSettingsOrExit(
  {
    name: 'sluice-demo',
    version: readVersion(new URL('../package.json', import.meta.url)),
    summary: 'Runs two batches against the mock upstream through the REST API, as a client would.',
    schema: demoSettings,
    ...sluiceNames,
  },
  process,
)

const { SLUICE_URL: url, SLUICE_API_KEY_FILE: keyFile } = settings
const apiKey = keyFile === undefined ? undefined : readFileSync(keyFile, 'utf8').trim()
const sluice = new Sluice({ url, apiKey })
await playFirstAct(settings, sluice)
await playSecondAct(settings, sluice)
