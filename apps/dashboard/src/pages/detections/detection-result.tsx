import type { DetectionResult } from '@sluice/client'
import { may } from '../../data/session.ts'
import { recommendedText } from '../../format/limits.ts'
import { count } from '../../format/numbers.ts'
import type { Tone } from '../../format/tones.ts'
import { Badge } from '../../parts/badge.tsx'
import { Card } from '../../parts/card.tsx'
import { DialogButton } from '../../parts/dialog-button.tsx'
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
            ['It recommends', recommendedText(result.recommended)],
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

function UseButton({ queue, result }: { queue: string; result: DetectionResult }) {
  if (result.recommended.limit === null || !may('limits:write')) return null
  return (
    <DialogButton
      title="Use as limit"
      isPrimary
      dialog={(close) => <UseAsLimitDialog queue={queue} result={result} onClose={close} />}
    />
  )
}
