import type { ComponentChildren } from 'preact'
import type { Tone } from '../format/tones.ts'

/** How much of an allowance is in use. */
export function Meter({
  label,
  used,
  reserved = 0,
  max,
  text,
  tone = 'running',
}: {
  label: string
  used: number
  /** What is not in use yet, but promised. */
  reserved?: number
  max: number
  /** The numbers in words, which stand beside the bar. */
  text: ComponentChildren
  tone?: Tone
}) {
  const share = (amount: number) => Math.min(100, (amount / Math.max(1, max)) * 100)
  return (
    <div class="meter">
      <div
        class="progress"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={Math.min(max, used + reserved)}
      >
        <span data-tone={tone} style={{ inlineSize: `${share(used)}%` }} />
        <span
          class="reserved"
          data-tone={tone}
          style={{ inlineSize: `${Math.min(100 - share(used), share(reserved))}%` }}
        />
      </div>
      <span class="small">{text}</span>
    </div>
  )
}
