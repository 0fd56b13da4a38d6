import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** A file of the dashboard, ready to be sent. */
export interface Asset {
  mediaType: string
  content: Buffer
  gzipped: Buffer
}

/** The dashboard as it was built. */
export interface Dashboard {
  /** The HTML of the page. */
  page: string
  /** The files that the page loads, by name. Each name holds a hash of the content. */
  assets: ReadonlyMap<string, Asset>
}

const MEDIA_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Reads the built dashboard into memory, less than a megabyte. No request then touches the disk, and none can name a file
 * outside. Undefined if it has not been built, as in a checkout before `pnpm build`.
 */
export function readDashboard(): Dashboard | undefined {
  const folder = fileURLToPath(new URL('dist/', import.meta.resolve('@sluice/dashboard/package.json')))
  try {
    const page = readFileSync(join(folder, 'index.html'), 'utf8')
    const names = readdirSync(join(folder, 'assets')).filter((name) => extname(name) in MEDIA_TYPES)
    return { page, assets: new Map(names.map((name) => [name, readAsset(join(folder, 'assets', name))])) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readAsset(file: string): Asset {
  const content = readFileSync(file)
  return { mediaType: MEDIA_TYPES[extname(file)] ?? '', content, gzipped: gzipSync(content, { level: 9 }) }
}
