/**
 * The job `read_door_events` of a system that notes who used its doors: what it noted becomes `lock.unlocked` and
 * `lock.access_denied`. In a sandbox the doors themselves tell (sandbox/sandbox.ts).
 */
import { toIso } from '../clock.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { AcsEntranceRecord, AcsSystemRecord, AcsUserRecord } from '../domain/records.ts'
import type { ReportedDoorEvent } from '../systems/kit/driver.ts'
import { SystemError } from '../systems/kit/errors.ts'
import type { Connections, ConnectionsOptions } from './connections.ts'
import type { JobOutcome, JobRun } from './worker.ts'

/** Kind of the job; its key is the acs_system_id. */
export const READ_DOOR_EVENTS = 'read_door_events'

/** Between two looks, in milliseconds of the workspace's clock; after one that failed it is longer. */
const POLL_MS = 30_000
const FAILED_MS = 300_000
/** One look may take this long, in milliseconds of real time. */
const READ_MS = 60_000

export class DoorEventReader {
  readonly #options: ConnectionsOptions
  readonly #connections: Connections

  constructor(options: ConnectionsOptions, connections: Connections) {
    this.#options = options
    this.#connections = connections
  }

  async run(run: JobRun): Promise<JobOutcome> {
    const { store, workspaces, log } = this.#options
    const system = await store.get(run.workspaceId, 'acs_system', 'acs_system_id', run.key)
    if (system === undefined) return undefined
    let waitMs = POLL_MS
    try {
      const { doorEvents } = await this.#connections.to(system)
      if (doorEvents === undefined) return undefined
      const signal = AbortSignal.any([run.signal, AbortSignal.timeout(READ_MS)])
      const read = await this.#connections.inTurn(system, signal, () =>
        doorEvents.since(system.door_events_cursor, signal),
      )
      await this.#record(run, system, read)
      if (read.hasMore) waitMs = 0
    } catch (error) {
      // How the system can be reached is the sync's to say; here it is only asked less often.
      if (!(error instanceof SystemError)) throw error
      log.warn({ acs_system_id: run.key, kind: error.kind }, 'door events could not be read')
      waitMs = FAILED_MS
    }
    return { again_at: toIso((await workspaces.now(run.workspaceId)) + waitMs) }
  }

  /** Events and cursor are one command: each event is told once. */
  async #record(
    run: JobRun,
    system: AcsSystemRecord,
    { events, cursor }: { events: ReportedDoorEvent[]; cursor: string },
  ): Promise<void> {
    const { store, workspaces } = this.#options
    const { acs_system_id, connected_account_id } = system
    const now = await workspaces.nowIso(run.workspaceId)
    await store.decide(
      run.workspaceId,
      () => now,
      async () => {
        const [fresh, entrances, users] = await Promise.all([
          store.get(run.workspaceId, 'acs_system', 'acs_system_id', acs_system_id),
          this.#byExternalId<AcsEntranceRecord>(
            run.workspaceId,
            'acs_entrance',
            acs_system_id,
            events.map((one) => one.entrance_id),
          ),
          this.#byExternalId<AcsUserRecord>(
            run.workspaceId,
            'acs_user',
            acs_system_id,
            events.flatMap((one) => one.user_id ?? []),
          ),
        ])
        const changes = new ChangeSet()
        // Somebody else has read them meanwhile, or the system is gone.
        if (fresh?.door_events_cursor !== system.door_events_cursor) return { changes, result: undefined }
        for (const { occurred_at, entrance_id, user_id, opened } of events) {
          const entrance = entrances.get(entrance_id)
          if (entrance === undefined) continue
          const user = user_id === null ? undefined : users.get(user_id)
          const about = {
            acs_entrance_id: entrance.acs_entrance_id,
            acs_system_id,
            connected_account_id,
            acs_user_id: user?.acs_user_id,
            user_identity_id: user?.user_identity_id ?? undefined,
          }
          if (opened) changes.event('lock.unlocked', { method: 'unknown', ...about }, occurred_at)
          else changes.event('lock.access_denied', about, occurred_at)
        }
        changes.update('acs_system', 'acs_system_id', {
          acs_system_id,
          version: fresh.version,
          door_events_cursor: cursor,
        })
        return { changes, result: undefined }
      },
      run.fence,
    )
  }

  async #byExternalId<R extends { external_id: string | null }>(
    workspaceId: string,
    table: 'acs_entrance' | 'acs_user',
    acsSystemId: string,
    externalIds: readonly string[],
  ): Promise<Map<string, R>> {
    if (externalIds.length === 0) return new Map()
    const rows = await this.#options.store.read<R>(
      workspaceId,
      `SELECT * FROM ${table} WHERE workspace_id = $1 AND acs_system_id = $2 AND external_id = ANY($3)`,
      [acsSystemId, [...new Set(externalIds)]],
    )
    return new Map(rows.flatMap((row) => (row.external_id === null ? [] : [[row.external_id, row]])))
  }
}
