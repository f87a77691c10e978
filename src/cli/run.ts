/** The commands of `npm run lockstitch`, one file each. */
import { ConfigError } from '../config.ts'
import { BackupError } from '../store/backup.ts'
import { EmbeddedDatabaseError } from '../store/embedded/index.ts'
import { Options, UsageError, WRONG_USAGE, type Command, type Io } from './command.ts'
import { auditExport } from './commands/audit-export.ts'
import { auditVerify } from './commands/audit-verify.ts'
import { backup } from './commands/backup.ts'
import { consoleUser } from './commands/console-user.ts'
import { erase } from './commands/erase.ts'
import { restore } from './commands/restore.ts'
import { rotateKeys } from './commands/rotate-keys.ts'
import { verify } from './commands/verify.ts'

const COMMANDS: readonly Command[] = [backup, restore, verify, rotateKeys, auditVerify, auditExport, erase, consoleUser]

const CALL = 'npm run --silent lockstitch --'

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  return [
    `Usage: ${CALL} <command> [options]`,
    '',
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`),
    '',
    `More about one: ${CALL} <command> --help`,
    'The installation is found as by npm start: LOCKSTITCH_DATA_DIR, DATABASE_URL. It may be running meanwhile.',
  ].join('\n')
}

/** Runs the command that `args` name; answers the exit code. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  if (args.length === 0 || args[0] === '--help' || args[0] === 'help') {
    await io.out(overview())
    return args.length === 0 ? WRONG_USAGE : 0
  }
  const command = COMMANDS.find(({ name }) => name.split(' ').every((word, i) => args[i] === word))
  if (command === undefined) {
    io.tell(`There is no command "${args.filter((arg) => !arg.startsWith('-')).join(' ')}".\n\n${overview()}`)
    return WRONG_USAGE
  }
  try {
    const options = new Options(args.slice(command.name.split(' ').length), command.options)
    if (options.has('help')) {
      await io.out(`${CALL} ${command.name}: ${command.summary}\n\n${command.help}`)
      return 0
    }
    return await command.run(options, io)
  } catch (error) {
    const isForOperator =
      error instanceof UsageError ||
      error instanceof BackupError ||
      error instanceof ConfigError ||
      error instanceof EmbeddedDatabaseError
    if (!isForOperator) throw error
    io.tell(`${error.message}\nMore: ${CALL} ${command.name} --help`)
    return WRONG_USAGE
  }
}
