import { Dialog } from '../parts/dialog.tsx'
import { isHelpOpen, pagesToGo } from './keyboard.ts'

const KEYS = [
  ['/', 'Search'],
  ['j k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['x', 'Select the row'],
  ['Esc', 'Close, or go up'],
  ['p', 'Freeze the page, or let it go on'],
  ['t', 'Change the theme'],
  ['?', 'This list'],
] as const

/** The keys of the page. */
export function HelpDialog() {
  if (!isHelpOpen.value) return null
  const close = () => {
    isHelpOpen.value = false
  }
  const goTo = Object.entries(pagesToGo()).map(([key, { title }]) => [`g ${key}`, title] as const)
  return (
    <Dialog title="Keys" onClose={close}>
      <dl class="facts">
        {[...KEYS, ...goTo].map(([keys, meaning]) => (
          <>
            <dt key={keys} class="row">
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
      <footer>
        <button type="button" class="button" onClick={close}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}
