import { defineConfig } from 'vitest/config'

const tests = (suffix: string) => [`packages/*/test/**/*${suffix}`, `apps/*/test/**/*${suffix}`, `test/**/*${suffix}`]

/**
 * `*.test.ts` needs nothing but Node, `*.int.test.ts` needs a Redis (packages/testing starts one), `*.slow.test.ts`
 * takes minutes and is run by `pnpm test:slow`, and `*.compose.test.ts` needs a container engine and is run by
 * `pnpm test:compose`.
 */
export default defineConfig({
  ssr: { resolve: { conditions: ['@sluice/source', 'module', 'node', 'development|production'] } },
  test: {
    // Integration tests mostly wait for Redis and timers, so more workers than cores pays.
    maxWorkers: 4,
    // Generous: a machine that is busy with other things must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: tests('.test.ts'),
          exclude: ['.int.test.ts', '.slow.test.ts', '.compose.test.ts'].flatMap(tests),
        },
      },
      { extends: true, test: { name: 'integration', include: tests('.int.test.ts') } },
      { extends: true, test: { name: 'slow', include: tests('.slow.test.ts'), testTimeout: 300_000 } },
      { extends: true, test: { name: 'compose', include: tests('.compose.test.ts') } },
    ],
  },
})
