import { useMemo } from 'preact/hooks'
import { indentJson } from '../format/json-text.ts'
import { bytes } from '../format/numbers.ts'
import { Copy } from './copy.tsx'
import { Icon } from './icon.tsx'

/** How much of a text is shown: more would make the page slow. */
const MAX_SHOWN = 65_536

/** JSON as the API has sent it, with spaces for people. What is long is cut, and can be downloaded. */
export function RawJson({ title, text, fileName }: { title: string; text: string; fileName: string }) {
  const isCut = text.length > MAX_SHOWN
  const shown = useMemo(() => indentJson(text.slice(0, MAX_SHOWN)), [text])
  return (
    <section class="stack tight">
      <div class="row spread">
        <h3>{title}</h3>
        <div class="row">
          <Copy text={text} label={`Copy ${title.toLowerCase()}`} />
          <button type="button" class="button" onClick={() => download(text, fileName)}>
            <Icon name="download" /> Download
          </button>
        </div>
      </div>
      {isCut && (
        <p class="small soft">
          It has {bytes(text.length)}. These are the first {bytes(MAX_SHOWN)}; download it to read the rest.
        </p>
      )}
      <pre class="raw" tabIndex={0} dir="ltr">
        {shown}
      </pre>
    </section>
  )
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
