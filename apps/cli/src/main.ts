#!/usr/bin/env node
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { keepHeapSmall } from './heap.ts'

// Loading the modules takes most of the time of a short command: 70 ms of processor time, and 60 ms if they are compiled
// already. Node 22.8 and later can keep what they have compiled. By default they do so in the folder for temporary files,
// where other users may write.
const { HOME, XDG_CACHE_HOME } = process.env
module.enableCompileCache?.(join(XDG_CACHE_HOME || join(HOME || homedir(), '.cache'), 'sluice'))
const { endQuietlyWithPipe, exitWith } = await import('./exit.ts')
const { createProgram } = await import('./program.ts')

// Modules stay, so they may take what they need before.
keepHeapSmall()
endQuietlyWithPipe(process)
try {
  await createProgram(process.env).parseAsync()
} catch (error) {
  await exitWith(error, process)
}
