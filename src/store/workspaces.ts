/** Workspaces and their clocks, kept in memory as long as the database announces changes of them (see sign-in.ts). */
import { toIso, workspaceNow } from '../clock.ts'
import type { WorkspaceRecord } from '../domain/records.ts'
import type { Store } from './store.ts'

export class Workspaces {
  readonly #store: Store
  readonly #cache = new Map<string, WorkspaceRecord>()
  readonly #lastKnown = new Map<string, WorkspaceRecord>()
  #isCaching = false

  constructor(store: Store) {
    this.#store = store
  }

  /** Caching is right only while changes are heard of. */
  setCaching(isCaching: boolean): void {
    this.#isCaching = isCaching
    this.#cache.clear()
  }

  forget(workspaceId: string): void {
    this.#cache.delete(workspaceId)
  }

  async get(workspaceId: string): Promise<WorkspaceRecord | undefined> {
    const known = this.#cache.get(workspaceId)
    if (known !== undefined) return known
    const rows = await this.#store.system<WorkspaceRecord>('SELECT * FROM workspace WHERE workspace_id = $1', [
      workspaceId,
    ])
    const workspace = rows[0]
    if (workspace !== undefined) this.#lastKnown.set(workspaceId, workspace)
    if (workspace !== undefined && this.#isCaching) this.#cache.set(workspaceId, workspace)
    return workspace
  }

  /** The time it is in a workspace, in milliseconds. */
  async now(workspaceId: string): Promise<number> {
    const workspace = await this.get(workspaceId)
    return workspace === undefined ? this.#store.clock.now() : workspaceNow(this.#store.clock, workspace)
  }

  /** The time it was in a workspace's clock when it was last looked at: for those who cannot wait, right after {@link now}. */
  lastKnownNow(workspaceId: string): number {
    const workspace = this.#lastKnown.get(workspaceId)
    return workspace === undefined ? this.#store.clock.now() : workspaceNow(this.#store.clock, workspace)
  }

  async nowIso(workspaceId: string): Promise<string> {
    return toIso(await this.now(workspaceId))
  }
}
