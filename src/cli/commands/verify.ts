/** `verify`: whether a database is what a backup says, and whether its secrets can be opened. */
import { digestOf, readManifest } from '../../store/backup.ts'
import { unsealable } from '../../store/sealed-columns.ts'
import { BROKEN, OK, type Command } from '../command.ts'
import { openInstallation } from '../installation.ts'

export const verify: Command = {
  name: 'verify',
  summary: 'check that sealed secrets can be opened, and that the database is as a backup says',
  help: `  --backup DIR   the folder that backup wrote: every table must hold the very rows of it

Exit code 0: all is well; 1: what is not is named.`,
  options: { backup: { type: 'string' } },
  async run(options, io) {
    await using installation = await openInstallation(io)
    const { connection } = installation
    const problems: string[] = []
    const folder = options.text('backup')
    if (folder !== undefined) {
      const wanted = await readManifest(folder)
      const found = await digestOf(connection)
      if (found.migration !== wanted.migration)
        problems.push(`the schema: migration ${String(found.migration)}, in the backup ${String(wanted.migration)}`)
      for (const table of new Set([...Object.keys(wanted.tables), ...Object.keys(found.tables)])) {
        const [a, b] = [wanted.tables[table], found.tables[table]]
        if (a?.digest !== b?.digest)
          problems.push(`${table}: ${String(b?.rows ?? 0)} rows, ${String(a?.rows ?? 0)} in the backup, not the same`)
      }
      if (problems.length === 0) await io.out('The database holds the very rows of the backup.')
    }
    const { checked, closed } = await unsealable(connection, await installation.sealer())
    for (const { table, column, count } of closed)
      problems.push(`${table}.${column}: ${String(count)} secrets cannot be opened with the key`)
    if (closed.length === 0) await io.out(`${String(checked)} sealed secrets can be opened.`)
    for (const problem of problems) await io.out(problem)
    return problems.length === 0 ? OK : BROKEN
  },
}
