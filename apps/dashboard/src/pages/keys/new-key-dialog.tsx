import type { NewApiKey } from '@sluice/client'
import { Copy } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'

/** Shows a new API key, which nothing shows again. It closes by its button alone, so that no stray key or click loses it. */
export function NewKeyDialog({ created: { name, key }, onClose }: { created: NewApiKey; onClose: () => void }) {
  return (
    <Dialog title={`API key ${name}`} onClose={() => {}}>
      <p>Store it now: no page and no request shows it again.</p>
      <div class="secret">
        <code class="mono">{key}</code>
        <Copy text={key} label="Copy the API key" />
      </div>
      <footer>
        <button type="button" class="button" data-kind="primary" onClick={onClose}>
          I have stored it
        </button>
      </footer>
    </Dialog>
  )
}
