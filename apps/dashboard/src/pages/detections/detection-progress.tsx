import type { Detection, DetectionStage } from '@sluice/client'
import { count } from '../../format/numbers.ts'
import { duration } from '../../format/durations.ts'
import type { Tone } from '../../format/tones.ts'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { Meter } from '../../parts/meter.tsx'
import { DEFAULT_BUDGETS, toneOfDetection } from './detection-text.ts'

const STAGES = [
  { stage: 'checking', title: 'Checks the call' },
  { stage: 'concurrency', title: 'Calls at once' },
  { stage: 'rate', title: 'Calls per time' },
  { stage: 'verifying', title: 'Verifies' },
] as const satisfies { stage: DetectionStage; title: string }[]

/** How far a detection is, and what it has spent of its budgets. */
export function DetectionProgressCard({ detection }: { detection: Detection }) {
  const { budgets, progress, result } = detection
  const { requests = DEFAULT_BUDGETS.requests, rejections = DEFAULT_BUDGETS.rejections } = budgets
  const { seconds = DEFAULT_BUDGETS.seconds } = budgets
  const spent = result?.cost ?? progress ?? { requests: 0, rejections: 0, durationMs: 0 }
  return (
    <Card title="Progress">
      <div class="stack">
        <Stages detection={detection} />
        <Facts
          facts={[
            ['Calls', <Spent label="Calls" used={spent.requests} max={requests} />],
            ['Rejected calls', <Spent label="Rejected calls" used={spent.rejections} max={rejections} />],
            [
              'Time',
              <Meter
                label="Time"
                used={spent.durationMs}
                max={seconds * 1000}
                text={`${duration(spent.durationMs)} of ${duration(seconds * 1000)}`}
              />,
            ],
          ]}
        />
      </div>
    </Card>
  )
}

function Spent({ label, used, max }: { label: string; used: number; max: number }) {
  return <Meter label={label} used={used} max={max} text={`${count(used)} of ${count(max)}`} />
}

/** A detection may return to an earlier stage, so a stage after the current one counts as not begun. */
function Stages({ detection: { state, progress } }: { detection: Detection }) {
  const at = progress === null ? 0 : STAGES.findIndex(({ stage }) => stage === progress.stage)
  return (
    <ol class="stages">
      {STAGES.map(({ stage, title }, index) => (
        <li key={stage} data-tone={toneOfStage(state, index - at)} aria-current={index === at ? 'step' : undefined}>
          {title}
        </li>
      ))}
    </ol>
  )
}

function toneOfStage(state: Detection['state'], distance: number): Tone {
  if (state === 'completed' || distance < 0) return 'completed'
  return distance === 0 ? toneOfDetection(state) : 'waiting'
}
