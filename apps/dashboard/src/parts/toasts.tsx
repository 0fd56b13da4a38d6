import { signal } from '@preact/signals'
import type { Tone } from '../format/tones.ts'

interface Toast {
  id: number
  tone: Tone
  text: string
}

const SHOWN_MS = 6000

const toasts = signal<readonly Toast[]>([])
let lastId = 0

/** Says what has happened, for a few seconds. */
export function say(text: string, tone: Tone = 'completed'): void {
  const id = (lastId += 1)
  toasts.value = [...toasts.value, { id, tone, text }]
  setTimeout(() => {
    toasts.value = toasts.value.filter((toast) => toast.id !== id)
  }, SHOWN_MS)
}

/** What has been said lately. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <div key={id} class="toast" data-tone={tone}>
          {text}
        </div>
      ))}
    </div>
  )
}
