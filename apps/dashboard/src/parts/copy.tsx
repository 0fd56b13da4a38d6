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
      onClick={({ currentTarget }) =>
        void copy(text, currentTarget).then((done) => say(done ? 'Copied.' : 'The browser refused to copy.'))
      }
    >
      <Icon name="copy" />
    </button>
  )
}

/** A text that people copy rather than read, such as an id. */
export function CopyText({ text, label }: { text: string; label: string }) {
  return (
    <span class="copy-text">
      <code class="mono">{text}</code>
      <Copy text={text} label={label} />
    </span>
  )
}

/** Browsers offer the clipboard to pages over TLS and on this machine. Elsewhere the old command still works. */
async function copy(text: string, button: HTMLElement): Promise<boolean> {
  if (isSecureContext) {
    return await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
  }
  const area = document.createElement('textarea')
  area.value = text
  // Beside the button: outside an open dialog, nothing can be selected.
  button.after(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
