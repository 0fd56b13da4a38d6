#!/usr/bin/env node
import module from 'node:module'
import { keepHeapSmall } from './heap.ts'

// Loading the modules takes most of the time of a short command: 70 ms of processor time, and 60 ms if they are compiled
// already. Node 22.8 and later keep what they have compiled in the folder for temporary files.
module.enableCompileCache?.()
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
