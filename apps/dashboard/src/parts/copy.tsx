import { Icon } from './icon.tsx'
import { say } from './toasts.tsx'

/** Copies a text. */
export function Copy({ text, label }: { text: string; label: string }) {
  return (
    <button
      type="button"
      class="button icon-button"
      data-kind="quiet"
      aria-label={label}
      title={label}
      onClick={() => void copy(text).then((done) => say(done ? 'Copied.' : 'The browser refused to copy.'))}
    >
      <Icon name="copy" />
    </button>
  )
}

/** Browsers offer the clipboard to pages over TLS and on this machine. Elsewhere the old command still works. */
async function copy(text: string): Promise<boolean> {
  if (isSecureContext) {
    return await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  }
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
