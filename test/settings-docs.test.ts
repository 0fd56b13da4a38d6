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

const introduction = `# Settings

<!-- Generated from the schemas: pnpm docs:settings -->

Each process reads its settings from environment variables once, when it starts. It reports all problems at once. It
ignores the settings of the other processes, so that all can share one file, and refuses names that begin with \`SLUICE_\`
and are no setting of any process. An empty variable counts as unset. \`--check-settings\` checks the settings
and exits; \`--help\` shows the process's own part of this page.

A worker also reads secrets. \`SLUICE_SECRET_<NAME>\` is the value that replaces \`\${secret:<NAME>}\` in a header of an
\`http\` task, of at least 16 characters. \`SLUICE_SECRET_<NAME>_HOSTS\` lists the hosts that it may be sent to, separated by
commas: \`api.example.com\` (https at port 443), \`api.example.com:8443\`, or \`http://10.0.0.5:8080\` without encryption.
It is required. A secret is written neither to Redis nor to a log. See [http-tasks.md](http-tasks.md#secrets).

Concurrency, retries and time limits are not settings of processes. They are settings of queues and batches, which the
REST API changes while everything runs: see [api.md](api.md).
`

function describeProcess({ name, start, schema }: (typeof processes)[number]): string {
  const rows = describeSettings(schema).map(
    ({ name: setting, default: fallback, description, expects }) =>
      `| \`${setting}\` | ${fallback ? `\`${fallback}\`` : ''} | ${description} Must be ${expects}. |`,
  )
  return `## ${name}\n\n\`${start}\`\n\n| setting | default | meaning |\n| --- | --- | --- |\n${rows.join('\n')}\n`
}

test('docs/settings.md describes every setting as its schema does', async () => {
  const page = [introduction, ...processes.map(describeProcess)].join('\n')

  await expect(page).toMatchFileSnapshot('../docs/settings.md')
})
