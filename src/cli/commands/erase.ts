/** `erase`: a person's names and contacts go from everywhere; the audit log stays whole. */
import { eraseIdentity } from '../../provisioning/erasure.ts'
import { chainAudit } from '../../store/audit.ts'
import { systemsHoldingPerson } from '../../store/erasure.ts'
import { Workspaces } from '../../store/workspaces.ts'
import { drivers } from '../../systems/registry.ts'
import { BROKEN, OK, UsageError, type Command } from '../command.ts'
import { openInstallation } from '../installation.ts'

/** How long systems get to be told, by the server that runs beside the command (milliseconds). */
const WAIT_MS = 10_000
const LOOK_MS = 200

export const erase: Command = {
  name: 'erase',
  summary: 'erase a person: identity, names and contacts; the audit log stays whole',
  help: `  --workspace ID       the person's workspace (required)
  --user-identity ID   the person (required); may have been deleted before

Ends all their access, tells the access systems, and takes their names and contacts out of everything kept here, as
/user_identities/delete does with "erase": true. It cannot be undone. Exit code 1: nobody is known under this id.`,
  options: { workspace: { type: 'string' }, 'user-identity': { type: 'string' } },
  async run(options, io) {
    const workspaceId = options.requiredId('workspace')
    const personId = options.requiredId('user-identity')
    await using installation = await openInstallation(io)
    const { store } = installation
    const workspaces = new Workspaces(store)
    if ((await workspaces.get(workspaceId)) === undefined) throw new UsageError(`There is no workspace ${workspaceId}.`)
    const waiting = () => systemsHoldingPerson(store, workspaceId, personId)
    const tools = {
      store,
      workspaces,
      sealer: await installation.sealer(),
      definitionOf: (provider: string) => {
        const driver = drivers.get(provider)
        if (driver === undefined) throw new Error(`there is no driver for ${provider}`)
        return driver.definition
      },
      whenProvisioned: async () => {
        for (let waited = 0; waited < WAIT_MS && (await waiting()).length > 0; waited += LOOK_MS)
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      },
    }
    const author = { actor: { kind: 'operator' as const, id: 'cli' }, action: 'cli/erase' }
    const erased = await eraseIdentity(workspaceId, personId, tools, author)
    if (!erased.wasKnown) {
      await io.out(`Nobody is known as ${personId} in this workspace, or everything had been erased before.`)
      return BROKEN
    }
    await chainAudit(store, workspaceId)
    await io.out(`Erased ${personId}.`)
    if (erased.waitingFor.length > 0)
      await io.out(
        `  Still to be told: ${erased.waitingFor.join(', ')}. A running server does so as soon as it can reach them; until then their user record is kept.`,
      )
    return OK
  },
}
