#!/usr/bin/env node
import { endQuietlyWithPipe, exitWith } from './exit.ts'
import { keepHeapSmall } from './heap.ts'
import { createProgram } from './program.ts'

keepHeapSmall()
endQuietlyWithPipe(process)
try {
  await createProgram(process.env).parseAsync()
} catch (error) {
  await exitWith(error, process)
}
