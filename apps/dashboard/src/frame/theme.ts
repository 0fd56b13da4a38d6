import { effect, signal } from '@preact/signals'

const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

const STORED = 'sluice-theme'

/** The colours that the person wants. `system`: those of the browser. */
export const theme = signal<Theme>(readTheme())

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
})

/** Goes on to the next theme, and remembers it. */
export function changeTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system'
  try {
    localStorage.setItem(STORED, theme.value)
  } catch {
    // A browser without storage forgets the theme.
  }
}

function readTheme(): Theme {
  try {
    return THEMES.find((name) => name === localStorage.getItem(STORED)) ?? 'system'
  } catch {
    return 'system'
  }
}
