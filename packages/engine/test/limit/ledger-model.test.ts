import { expect, test } from 'vitest'
import { LedgerModel, mostInAnyWindow, type Grant } from '../support/ledger-model.ts'
import { modelRules, randomWeights, randomPauseUs, randomRules } from '../support/ledger-scenario.ts'
import { Random } from '../support/random.ts'

const LOOK_AHEAD_US = 1_000_000
const SEEDS = 150
const CALLS = 100

/** Makes random requests, and returns the grants in order of their start times. */
function grantsOf(seed: number): { grants: Grant[]; rules: ReturnType<typeof randomRules> } {
  const random = new Random(seed)
  const rules = randomRules(random)
  const model = new LedgerModel(modelRules(rules), random.pick([1, 2, 1000]))
  const grants: Grant[] = []
  let now = 1_700_000_000_000_000
  for (let call = 0; call < CALLS; call += 1) {
    now += randomPauseUs(random)
    const tasks = Array.from({ length: random.int(1, 8) }, () => randomWeights(random, rules))
    for (const [i, startUs] of model.acquire(now, { maxLookAheadUs: LOOK_AHEAD_US, leadUs: 0 }, tasks).entries()) {
      if (startUs > 0) grants.push({ startUs, calledUs: startUs, weights: tasks[i] ?? {} })
    }
    const late = grants.at(-random.int(1, 5))
    if (late && late.calledUs === late.startUs && late.startUs < now) startLate(model, random, late, now)
  }
  return { grants, rules }
}

/** Moves a late call to now, or to within the slack, if its permit can be extended. Otherwise leaves it unchanged. */
function startLate(model: LedgerModel, random: Random, late: Grant, now: number): void {
  const slackUs = random.pick([0, 1000, 50_000])
  const mayStart = model.extend(now, slackUs, late.startUs, late.weights)
  late.calledUs = mayStart ? now + random.int(0, slackUs) : late.calledUs
}

test('no window of any rule ever holds more than its maximum, including late starts', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { grants, rules } = grantsOf(seed)
    for (const { unit, max, perMs } of rules) {
      expect(mostInAnyWindow(grants, unit, perMs * 1000), `seed ${seed}, ${unit} per ${perMs} ms`).toBeLessThanOrEqual(
        max,
      )
    }
  }
})

test('start times never decrease', () => {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const starts = grantsOf(seed).grants.map(({ startUs }) => startUs)
    expect(starts, `seed ${seed}`).toEqual(starts.toSorted((a, b) => a - b))
  }
})
