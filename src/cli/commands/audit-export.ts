/** `audit export`: writes the audit log of a workspace as JSON lines, to be kept elsewhere. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { toIso } from '../../clock.ts'
import { genesisHash } from '../../domain/audit/chain.ts'
import { auditEntries, auditHead, chainAudit } from '../../store/audit.ts'
import { systemClock } from '../../system-clock.ts'
import { FORMAT, type ExportHeader } from '../audit-file.ts'
import { OK, type Command } from '../command.ts'
import { openInstallation } from '../installation.ts'

export const auditExport: Command = {
  name: 'audit export',
  summary: 'write the audit log of a workspace as JSON lines',
  help: `  --workspace ID   whose log (required)
  --out FILE       write it there instead of to standard output

The first line is a header with the head of the chain. No names and no contacts are in the file: those stay in the
database, where they can be erased. Check a file with: audit verify --file FILE`,
  options: { workspace: { type: 'string' }, out: { type: 'string' } },
  async run(options, io) {
    const workspace_id = options.requiredId('workspace')
    await using installation = await openInstallation(io)
    const { store } = installation
    await chainAudit(store, workspace_id)
    const head = (await auditHead(store, workspace_id)) ?? { sequence: 0, hash: genesisHash(workspace_id) }
    const header: ExportHeader = { format: FORMAT, workspace_id, exported_at: toIso(systemClock.now()), head }
    const out = options.text('out')
    const file = out === undefined ? null : createWriteStream(out, { mode: 0o600 })
    const write = async (line: string): Promise<void> => {
      if (file === null) await io.out(line)
      else if (!file.write(`${line}\n`)) await once(file, 'drain')
    }
    if (file !== null) await once(file, 'open')
    await write(JSON.stringify(header))
    for await (const entry of auditEntries(store, workspace_id)) {
      // What was chained since the head was read belongs to the next export.
      if (entry.sequence > head.sequence) break
      await write(JSON.stringify(entry))
    }
    if (file !== null) {
      file.end()
      await once(file, 'finish')
      io.tell(`${String(head.sequence)} entries written to ${out ?? ''}. Head ${String(head.sequence)}:${head.hash}`)
    }
    return OK
  },
}
