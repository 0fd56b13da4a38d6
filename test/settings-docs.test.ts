import { describeSettings } from '@sluice/settings'
import { expect, test } from 'vitest'
import { apiSettings } from '../apps/api/src/settings.ts'
import { demoSettings } from '../apps/demo/src/settings.ts'
import { mockSettings } from '../apps/mock-upstream/src/settings.ts'
import { workerSettings } from '../apps/worker/src/settings.ts'

const processes = [
  { name: 'API', start: 'node apps/api/dist/main.js', schema: apiSettings },
  { name: 'Worker', start: 'node apps/worker/dist/main.js', schema: workerSettings },
  { name: 'Mock upstream', start: 'node apps/mock-upstream/dist/main.js', schema: mockSettings },
  { name: 'Demo', start: 'node apps/demo/dist/main.js', schema: demoSettings },
]

const introduction = `# Configuration

<!-- Written from the schemas: pnpm vitest run --project unit test/configuration-docs -u -->

Processes read their settings from environment variables, once, at their start. All problems are reported at once, and a
name that begins like a setting and is none is refused. An empty variable counts as unset. \`--check-settings\` checks and
stops; \`--help\` shows the process's own part of this page.

A worker also takes \`SLUICE_SECRET_<NAME>\`: what \`\${secret:<NAME>}\` in a header of an http task stands for. Secrets are
sent only to hosts that the queue's \`http.secretHosts\` name, and reach neither Redis nor a log.

Concurrency, retries and time limits are not settings of processes but of queues and batches: data, changed
over REST while everything runs.
`

function describeProcess({ name, start, schema }: (typeof processes)[number]): string {
  const rows = describeSettings(schema).map(
    ({ name: setting, default: fallback, description, expects }) =>
      `| \`${setting}\` | ${fallback ? `\`${fallback}\`` : ''} | ${description} Must be ${expects}. |`,
  )
  return `## ${name}\n\n\`${start}\`\n\n| setting | default | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

test('docs/configuration.md says of every setting what its schema says', async () => {
  const page = [introduction, ...processes.map(describeProcess)].join('\n')

  await expect(page).toMatchFileSnapshot('../docs/configuration.md')
})
