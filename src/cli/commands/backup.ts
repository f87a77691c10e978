/** `backup`: the whole database as files, beside a running server. */
import { backUp } from '../../store/backup.ts'
import { systemClock } from '../../system-clock.ts'
import { toIso } from '../../clock.ts'
import { OK, UsageError, type Command } from '../command.ts'
import { openInstallation } from '../installation.ts'

export const backup: Command = {
  name: 'backup',
  summary: 'write the whole database to a folder, while the server runs',
  help: `  --to DIR   a new or empty folder (required)

One file per table and a manifest with their digests, all of one moment. Secrets in it are sealed: keep the key
(LOCKSTITCH_SECRET_KEY, or the file secret-key of the data folder) too, and elsewhere. Without it logins, webhook secrets
and session tokens of the backup cannot be used.`,
  options: { to: { type: 'string' } },
  async run(options, io) {
    const to = options.text('to')
    if (to === undefined) throw new UsageError('--to is required: the folder to write to.')
    await using installation = await openInstallation(io)
    const { tables, migration } = await backUp(installation.connection, to, toIso(systemClock.now()))
    const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0)
    await io.out(
      `${String(rows)} rows of ${String(Object.keys(tables).length)} tables (migration ${String(migration)}) are in ${to}.`,
    )
    return OK
  },
}
