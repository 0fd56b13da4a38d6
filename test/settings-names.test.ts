import { readFileSync } from 'node:fs'
import { sluiceNames } from '@sluice/settings'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { apiSettings } from '../apps/api/src/settings.ts'
import { demoSettings } from '../apps/demo/src/settings.ts'
import { workerSettings } from '../apps/worker/src/settings.ts'

interface Service {
  environment?: Record<string, string | null>
  env_file?: unknown
}

const composeText = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8')
const { services } = parse(composeText, { merge: true }) as { services: Record<string, Service> }

const namesIn = (schema: { properties: object }) => Object.keys(schema.properties)
const environmentOf = (service: string) => Object.keys(services[service]?.environment ?? {})

test('each process knows the settings of the others, so that all can share a file', () => {
  const ofCompose = Array.from(composeText.matchAll(/\$\{(SLUICE_\w+)/g), ([, name = '']) => name)
  // A shell that uses the command line may start processes, too.
  const ofCommandLine = ['SLUICE_URL', 'SLUICE_API_KEY', 'SLUICE_PROFILE']
  const names = [
    ...ofCommandLine,
    ...namesIn(apiSettings),
    ...namesIn(workerSettings),
    ...namesIn(demoSettings),
    ...ofCompose,
  ]

  expect(sluiceNames.knownNames).toEqual([...new Set(names)].toSorted())
})

test.for([
  ['api', apiSettings],
  ['worker', workerSettings],
] as const)('docker-compose.yml passes all settings on to %s', ([service, schema]) => {
  expect(environmentOf(service).toSorted()).toEqual(namesIn(schema).toSorted())
})

test('docker-compose.yml gives secrets to the workers alone', () => {
  const given = Object.entries(services).filter(([, service]) => service.env_file !== undefined)

  expect(given.map(([name]) => name)).toEqual(['worker'])
})
