import type { DetectionResult } from '@sluice/client'
import { useState } from 'preact/hooks'
import { may } from '../../data/session.ts'
import { windowText } from '../../format/durations.ts'
import { count } from '../../format/numbers.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { Facts } from '../../parts/facts.tsx'
import { concurrencyText, rateText } from './detection-text.ts'
import { UseAsLimitDialog } from './use-as-limit-dialog.tsx'

const TONES = { high: 'completed', medium: 'interrupted', low: 'failed' } as const satisfies Record<string, Tone>

/** What a detection has found, and the settings that it recommends. */
export function DetectionResultCard({ queue, result }: { queue: string; result: DetectionResult }) {
  const { confidence, notes, rate } = result
  return (
    <Card title="What it found" actions={<UseButton queue={queue} result={result} />}>
      <div class="stack">
        <Facts
          facts={[
            ['Rate', <span class="big">{rateText(result)}</span>],
            ['Concurrency', <span class="big">{concurrencyText(result)}</span>],
            ['Confidence', <Badge tone={TONES[confidence]}>{confidence}</Badge>],
            ['Source', rate.limit === null ? undefined : sourceText(rate.limit)],
            ['It recommends', recommendedText(result)],
          ]}
        />
        {notes.length > 0 && (
          <ul class="notes">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  )
}

function sourceText({ source, family, burst }: NonNullable<DetectionResult['rate']['limit']>): string {
  const from = source === 'headers' ? 'headers of the responses' : 'measured'
  const model = family === null ? '' : `, ${family.replaceAll('_', ' ')}`
  return `${from}${model}${burst === null ? '' : `, ${count(burst)} at once after a pause`}`
}

function recommendedText({ recommended: { limit, concurrency } }: DetectionResult): string {
  const rules = limit?.rules.map(({ unit, max, perMs }) => `${count(max)} ${unit} per ${windowText(perMs)}`) ?? []
  const slots = concurrency === null ? [] : [`a concurrency of ${count(concurrency)}`]
  const all = [...rules, ...slots]
  return all.length === 0 ? 'nothing: no limit was met' : all.join(', ')
}

function UseButton({ queue, result }: { queue: string; result: DetectionResult }) {
  const [isOpen, setOpen] = useState(false)
  const { limit } = result.recommended
  if (limit === null || !may('limits:write')) return null
  return (
    <>
      <button type="button" class="button" data-kind="primary" onClick={() => setOpen(true)}>
        Use as limit
      </button>
      {isOpen && <UseAsLimitDialog queue={queue} result={result} onClose={() => setOpen(false)} />}
    </>
  )
}
