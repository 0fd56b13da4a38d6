import { isFrozen, silentSince } from '../data/connection.ts'
import { now } from '../data/now.ts'
import { roughly } from '../format/durations.ts'
import { Icon } from '../parts/icon.tsx'

/** Whether the page is up to date, and the button that freezes it. */
export function LiveState() {
  const { tone, text } = describeState()
  return (
    <>
      <span class="live-state" data-tone={tone}>
        {text}
      </span>
      <button
        type="button"
        class="button icon-button"
        data-kind="quiet"
        aria-pressed={isFrozen.value}
        aria-label="Freeze the page"
        title={isFrozen.value ? 'Go on (p)' : 'Freeze the page (p)'}
        onClick={() => {
          isFrozen.value = !isFrozen.value
        }}
      >
        <Icon name={isFrozen.value ? 'play' : 'pause'} />
      </button>
    </>
  )
}

function describeState() {
  if (isFrozen.value) return { tone: 'delayed', text: 'paused' }
  if (silentSince.value === undefined) return { tone: 'completed', text: 'live' }
  return { tone: 'failed', text: `stale since ${roughly(Math.max(1000, now.value - silentSince.value))}` }
}
