const PATHS = {
  overview: 'M3 9.5 8 5l5 4.5M4.5 8.5V13h7V8.5',
  batches: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h7',
  queues: 'M2.5 5.5h3l2 5h6M2.5 10.5h3l2-5h6',
  limits: 'M3 11a5 5 0 1 1 10 0M8 11l2.5-3.5',
  workers: 'M3 4h10v3.5H3zM3 9h10v3.5H3zM5 5.75h.01M5 10.75h.01',
  detections: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3',
  keys: 'M6 9.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM8 8.5l5 5M11 11.5l1.5-1.5',
  sessions: 'M2.5 3.5h11v7h-11zM5.5 13h5M8 10.5V13',
  tenants:
    'M6 7.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM2.5 12.5c0-2 1.5-3 3.5-3s3.5 1 3.5 3M10.5 7.5a1.75 1.75 0 1 0 0-3.5M11 9.7c1.5.2 2.5 1.2 2.5 2.8',
  audit: 'M4 2.5h8v11H4zM6 5.5h4M6 8h4M6 10.5h2',
  system: 'M2 8h3l1.5-4 3 8L11 8h3',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  close: 'M4 4l8 8M12 4l-8 8',
  help: 'M6 6.2a2 2 0 1 1 3 1.7c-.7.4-1 .8-1 1.6M8 11.8h.01M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4z',
  theme: 'M8 13.5a5.5 5.5 0 1 0 0-11zM8 2.5a5.5 5.5 0 1 0 0 11',
  pause: 'M6 4v8M10 4v8',
  play: 'M5.5 4v8l6.5-4z',
  copy: 'M5.5 5.5h7v7h-7zM10.5 3.5h-7v7',
  more: 'M4 8h.01M8 8h.01M12 8h.01',
  back: 'M9.5 4 5.5 8l4 4',
  next: 'M6.5 4l4 4-4 4',
  download: 'M8 3v7M5 7.5 8 10.5l3-3M3.5 13h9',
} as const

/** The name of a drawing. */
export type IconName = keyof typeof PATHS

/** A drawing beside a word, or within a control that has a label. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
      <path d={PATHS[name]} stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}
