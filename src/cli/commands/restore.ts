/** `restore`: a backup into an empty data folder or database. */
import { restore as restoreFrom } from '../../store/backup.ts'
import { OK, UsageError, type Command } from '../command.ts'
import { makeInstallation } from '../installation.ts'

export const restore: Command = {
  name: 'restore',
  summary: 'write a backup into an empty data folder or database',
  help: `  --from DIR   the folder that backup wrote (required)

LOCKSTITCH_DATA_DIR names a new or empty folder, or DATABASE_URL an empty database. All of it is written, or nothing.
Put the key it was sealed with in place first: LOCKSTITCH_SECRET_KEY, or the file secret-key in the data folder.`,
  options: { from: { type: 'string' } },
  async run(options, io) {
    const from = options.text('from')
    if (from === undefined) throw new UsageError('--from is required: the folder that backup wrote.')
    await using installation = await makeInstallation(io)
    const { tables } = await restoreFrom(installation.connection, from)
    const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0)
    await io.out(`${String(rows)} rows of ${String(Object.keys(tables).length)} tables are back. Start the server now.`)
    return OK
  },
}
