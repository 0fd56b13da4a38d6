import { openArena, openField } from './speed/arena.ts'
import { race } from './speed/contender.ts'
const [workers = 4, slots = 500, tasks = 8000, ms = 3000, runs = 2] = process.argv.slice(2).map(Number)
await using arena = await openArena()
await using field = await openField(arena, workers, slots)
const who = process.env['WITH_BULL'] ? [field.sluice, field.bullmq] : [field.sluice]
const before = await arena.redis.info('commandstats')
const heats = await race(
  arena.redis,
  who.map((contender) => ({ contender, tasks })),
  { takesMs: ms },
  runs,
)
const n = (i: string) => Number(/cmdstat_evalsha:calls=(\d+)/.exec(i)?.[1] ?? 0)
for (const [name, hs] of heats)
  console.log(
    process.env['LS'],
    process.env['ML'],
    name,
    hs
      .map(
        (h) =>
          `${((100 * tasks * ms) / (workers * slots) / h.elapsedMs).toFixed(1)}% ${((h.redisMs * 1000) / tasks).toFixed(0)}us w${((h.workerMs * 1000) / tasks).toFixed(0)}`,
      )
      .join('  '),
    'evalsha',
    n(await arena.redis.info('commandstats')) - n(before),
  )
process.exit(0)
