import { readSettingsOrExit, sluiceNames, readVersion } from '@sluice/settings'
import { demoSettings } from './settings.ts'
import { connectApi } from './request.ts'
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

const api = connectApi(settings)
await playFirstAct(settings, api)
await playSecondAct(settings, api)
