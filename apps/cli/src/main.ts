#!/usr/bin/env node
import { createProgram } from './program.ts'
import { endQuietlyWithPipe, exitWith } from './exit.ts'

endQuietlyWithPipe(process)
try {
  await createProgram(process.env).parseAsync()
} catch (error) {
  await exitWith(error, process)
}
