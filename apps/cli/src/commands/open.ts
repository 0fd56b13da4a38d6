import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command } from 'commander'
import { contextOf } from '../context.ts'
import { write } from '../output/print.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Adds `sluice open`. */
export function addOpenCommand(program: Command, env: Environment): void {
  const open = program
    .command('open [batch]')
    .description('Opens the dashboard, or the page of a batch, in a browser. Without a desktop, it prints the address.')
    .action(async (batch: string | undefined) => {
      const { sluice, server, isQuiet } = contextOf(open)
      const page = batch === undefined ? '' : `batches/${encodeURIComponent((await sluice.batches.get(batch)).id)}`
      const address = `${server.replace(/\/+$/, '')}/ui/${page}`
      if (!(await openInBrowser(address, env))) return await write(`${address}\n`)
      if (!isQuiet) process.stderr.write(`opened ${address}\n`)
    })
}

/** Returns false on a machine without a desktop, or without the program that opens an address. */
async function openInBrowser(address: string, env: Environment): Promise<boolean> {
  const command = openerOf(process.platform, env)
  if (command === undefined) return false
  const [program = '', ...args] = command
  const child = spawn(program, [...args, address], { stdio: 'ignore' })
  const [code] = (await once(child, 'close').catch(() => [undefined])) as [number | null | undefined]
  return code === 0
}

function openerOf(platform: NodeJS.Platform, { DISPLAY, WAYLAND_DISPLAY }: Environment): string[] | undefined {
  if (platform === 'darwin') return ['open']
  // The first argument of start is the title of a window.
  if (platform === 'win32') return ['cmd', '/c', 'start', '""']
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}
