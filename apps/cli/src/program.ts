import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { addApiCommand } from './commands/api.ts'
import { addBatchCommands } from './commands/batch.ts'
import { addCompletionCommand } from './commands/completion.ts'
import { addBulkCommands } from './commands/bulk.ts'
import { addDetectionCommands } from './commands/detection.ts'
import { addDevCommand } from './commands/dev.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addFleetCommands } from './commands/fleet.ts'
import { addKeyCommands } from './commands/key.ts'
import { addOpenCommand } from './commands/open.ts'
import { addProfileCommands } from './commands/profile.ts'
import { addRunCommand } from './commands/run.ts'
import { addSessionCommands } from './commands/session.ts'
import { addSettingsCommands } from './commands/settings.ts'
import { addHelpTopics } from './help-topics.ts'
import { addTasksCommand } from './commands/tasks.ts'
import { addTenantCommands } from './commands/tenant.ts'
import { addWhoamiCommand } from './commands/whoami.ts'
import { profilePath } from './profile/profile-file.ts'
import { FORMATS } from './output/formats.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/**
 * The command line. Parsing it runs a command. The API key comes from the environment or a file: other users of the machine
 * can see arguments.
 */
export function createProgram(env: Readonly<Record<string, string | undefined>>): Command {
  const program = new Command('sluice')
    .description('Submits, watches, controls and downloads batches of Sluice.')
    .version(version, '--version', 'show the version')
    .addOption(new Option('--server <url>', 'where the API is').env('SLUICE_URL').default('http://localhost:3000'))
    .addOption(new Option('--profile <name>', 'which profile to use (default: the one in use)').env('SLUICE_PROFILE'))
    .option('--key-file <file>', 'file with the API key (default: the variable SLUICE_API_KEY)')
    .addOption(new Option('--format <format>', 'how to print answers').choices(FORMATS).default('text'))
    .option('--json', 'the same as --format json; errors are problem documents')
    .option('--quiet', 'print no progress')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nStart with `sluice run --help`. `sluice help exit-codes` and `sluice help environment` say more.',
    )
  program.setOptionValue('apiKey', env['SLUICE_API_KEY'] || undefined)
  program.setOptionValue('profilePath', profilePath(env))
  addRunCommand(program)
  addBatchCommands(program)
  addTasksCommand(program)
  addBulkCommands(program)
  addSettingsCommands(program)
  addDetectionCommands(program)
  addFleetCommands(program)
  addTenantCommands(program)
  addKeyCommands(program)
  addSessionCommands(program)
  addWhoamiCommand(program)
  addDoctorCommand(program)
  addOpenCommand(program, env)
  addDevCommand(program, env)
  addApiCommand(program)
  addProfileCommands(program)
  addCompletionCommand(program)
  addHelpTopics(program)
  return program
}
