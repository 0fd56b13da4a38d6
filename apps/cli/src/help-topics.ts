import type { Command } from 'commander'
import { EXIT_CODES } from './exit-codes.ts'

const ENVIRONMENT = `Variables:

  SLUICE_URL      where the API is; --server takes precedence
  SLUICE_API_KEY  the API key; --key-file takes precedence
  SLUICE_PROFILE  which profile to use; --profile takes precedence
  NO_COLOR        any value: no colours

Profiles keep addresses and keys in $XDG_CONFIG_HOME/sluice/config.json (default: ~/.config). An option takes precedence
over a variable, and a variable over the profile in use. The key of a profile is sent to no other API.

An API key is not accepted as an argument, because other users of the machine can see those.`

/** Adds `sluice help exit-codes` and `sluice help environment`. */
export function addHelpTopics(program: Command): void {
  program.addHelpCommand(false)
  program
    .command('help [topic]')
    .description('show help about a command, exit-codes, or environment')
    .action((topic: string | undefined) => {
      if (topic === 'exit-codes') return print(exitCodes())
      if (topic === 'environment') return print(ENVIRONMENT)
      const command = program.commands.find((one) => one.name() === topic) ?? program
      command.outputHelp()
    })
}

function exitCodes(): string {
  const rows = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`)
  return `Exit codes:\n\n${rows.join('\n')}`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
