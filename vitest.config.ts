import { defineConfig } from 'vitest/config'

const tests = (suffix: string) => [`packages/*/test/**/*${suffix}`, `apps/*/test/**/*${suffix}`, `test/**/*${suffix}`]

/** Does nothing unless SLUICE_TEST_REDIS=cluster asks for one Redis Cluster for all tests. */
const globalSetup = 'packages/testing/src/start-shared-cluster.ts'

/**
 * `*.test.ts` needs nothing but Node, `*.int.test.ts` needs a Redis (packages/testing starts one), `*.slow.test.ts`
 * takes minutes and is run by `pnpm test:slow`, `*.compose.test.ts` needs a container engine and is run by
 * `pnpm test:compose`, `*.chaos.test.ts` takes everything away from itself and is run by `pnpm test:chaos`,
 * `*.fuzz.test.ts` sends what no client should and is run by `pnpm test:fuzz`, and `*.browser.test.ts` needs a Chromium and
 * is run by `pnpm test:browser`.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['@sluice/source', 'module', 'node', 'development|production'] } },
  test: {
    // V8's baseline compiler makes a garbage collection of Node 24 crash at times (nodejs/node#62393). It took down one of
    // 800 test processes in each of two builds.
    execArgv: ['--no-sparkplug'],
    // Integration tests mostly wait for Redis and timers, so more workers than cores pays.
    maxWorkers: 4,
    // Generous: a machine that is busy with other things must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: tests('.test.ts'),
          exclude: [
            '.int.test.ts',
            '.slow.test.ts',
            '.compose.test.ts',
            '.chaos.test.ts',
            '.fuzz.test.ts',
            '.browser.test.ts',
          ].flatMap(tests),
        },
      },
      { extends: true, test: { name: 'integration', include: tests('.int.test.ts'), globalSetup } },
      { extends: true, test: { name: 'slow', include: tests('.slow.test.ts'), testTimeout: 300_000 } },
      { extends: true, test: { name: 'compose', include: tests('.compose.test.ts') } },
      { extends: true, test: { name: 'chaos', include: tests('.chaos.test.ts') } },
      { extends: true, test: { name: 'fuzz', include: tests('.fuzz.test.ts') } },
      {
        extends: true,
        test: {
          name: 'browser',
          include: tests('.browser.test.ts'),
          globalSetup: 'apps/dashboard/test/support/build-page.ts',
          // Each worker has a browser. They come after the other tests, and not beside them.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
        },
      },
    ],
  },
})
