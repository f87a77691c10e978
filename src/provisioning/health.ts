/** Takes note of whether a system could be reached, and lets what waited for it go on once it can be again. */
import { ChangeSet } from '../domain/changes.ts'
import type { AcsSystemRecord } from '../domain/records.ts'
import { isTroubled, noteSuccess, noteTrouble, type HealthFacts, type Trouble } from '../domain/sync/health.ts'
import type { Decision, Fence } from '../store/store.ts'
import { releaseWaiting, systemsOfAccount } from '../store/sync-facts.ts'
import type { SystemError } from '../systems/kit/errors.ts'
import type { Connections, ConnectionsOptions } from './connections.ts'

/** Kind of the job that looks at a system; its key is the acs_system_id. */
export const SYNC_SYSTEM = 'sync_system'

export class Health {
  readonly #options: ConnectionsOptions
  readonly #connections: Connections

  constructor(options: ConnectionsOptions, connections: Connections) {
    this.#options = options
    this.#connections = connections
  }

  /** The system took something. Costs nothing while all is well, by what `system` said when it was read. */
  async answered(system: AcsSystemRecord, fence: Fence | null = null): Promise<void> {
    if (!isTroubled(system)) return
    const wasTroubled = await this.#note(system, fence, (changes, facts) => noteSuccess(changes, facts, false))
    if (wasTroubled === true) await this.comeBack(system, ['provision', SYNC_SYSTEM])
  }

  /** A try failed: it counts, and is shown when it must be. Errors of the building alone; `isPoll`: nobody asked for it. */
  async failed(system: AcsSystemRecord, error: SystemError, fence: Fence | null, isPoll: boolean): Promise<void> {
    if (error.kind === 'unauthorized') await this.#connections.forget([system.acs_system_id])
    const trouble = troubleOf(error)
    await this.#note(system, fence, (changes, facts) => noteTrouble(changes, facts, trouble, isPoll))
  }

  /** The system is back: what waits is told at once; and its state is read, since much may have happened meanwhile. */
  async comeBack({ workspace_id, acs_system_id }: AcsSystemRecord, jobs: readonly string[]): Promise<void> {
    const { store, workspaces } = this.#options
    await releaseWaiting(store, workspace_id, acs_system_id)
    const now = await workspaces.nowIso(workspace_id)
    const changes = new ChangeSet()
    for (const kind of jobs) changes.job(kind, acs_system_id, now)
    await store.write(workspace_id, now, changes)
  }

  async #note<T>(
    system: AcsSystemRecord,
    fence: Fence | null,
    note: (changes: ChangeSet, facts: HealthFacts) => T,
  ): Promise<T | undefined> {
    const { store, workspaces } = this.#options
    const { workspace_id } = system
    const now = await workspaces.nowIso(workspace_id)
    const decision = async (): Promise<Decision<T | undefined>> => {
      const changes = new ChangeSet()
      const facts = await loadHealth(this.#options, system, this.#connections.definitionOf(system.provider), now)
      const result = facts === undefined ? undefined : note(changes, facts)
      return { changes, result }
    }
    return store.decide(workspace_id, () => now, decision, fence)
  }
}

/** The system as it is now, with its account; undefined when it was removed. */
export async function loadHealth(
  { store }: Pick<ConnectionsOptions, 'store'>,
  { workspace_id, acs_system_id, connected_account_id }: AcsSystemRecord,
  definition: HealthFacts['definition'],
  now: string,
): Promise<HealthFacts | undefined> {
  const [systems, account] = await Promise.all([
    systemsOfAccount(store, workspace_id, connected_account_id),
    store.get(workspace_id, 'connected_account', 'connected_account_id', connected_account_id),
  ])
  const system = systems.find((one) => one.acs_system_id === acs_system_id)
  if (system === undefined || account === undefined) return undefined
  return { system, account, siblings: systems.filter((one) => one !== system), definition, now }
}

function troubleOf(error: SystemError): Trouble {
  if (error.kind === 'unreachable') return { kind: 'unreachable', code: error.code }
  if (error.kind === 'unauthorized') return { kind: 'unauthorized' }
  return { kind: 'other', message: error.message }
}
