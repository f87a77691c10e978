/**
 * The reconciler: turns the gap between what should be true and what the systems reported into driver calls, and
 * records what they answered (design.md section 2).
 */
import type { SystemDefinition } from '../systems/kit/definition.ts'
import { runAcsUserClock } from './acs-user-clock.ts'
import { AttemptRunner } from './attempts/run.ts'
import { connectedSystem } from './connect.ts'
import { Connections, type ConnectionsOptions } from './connections.ts'
import { runGrantClock } from './grant-clock.ts'
import { Provisioner } from './provision.ts'
import type { JobHandler, JobRun, Worker } from './worker.ts'

export type ProvisioningOptions = ConnectionsOptions

export class Provisioning implements AsyncDisposable {
  readonly connections: Connections
  readonly #options: ProvisioningOptions
  readonly #provisioner: Provisioner
  readonly #attempts: AttemptRunner

  constructor(options: ProvisioningOptions) {
    this.#options = options
    this.connections = new Connections(options)
    this.#provisioner = new Provisioner(options, this.connections)
    this.#attempts = new AttemptRunner({
      options,
      connections: this.connections,
      provisioner: this.#provisioner,
      seedSandbox: (workspaceId) => this.seedSandbox(workspaceId),
    })
  }

  definitionOf(provider: string): SystemDefinition {
    return this.connections.definitionOf(provider)
  }

  /** The kinds of job that provisioning runs. */
  handlers(): [kind: string, handler: JobHandler][] {
    return [
      ['provision', (run: JobRun) => this.#provisioner.run(run)],
      ['run_action_attempt', (run: JobRun) => this.#attempts.run(run)],
      [
        'grant_clock',
        (run: JobRun) =>
          runGrantClock(run, { ...this.#options, definitionOf: (provider) => this.definitionOf(provider) }),
      ],
      ['acs_user_clock', (run: JobRun) => runAcsUserClock(run, this.#options)],
    ]
  }

  /** Connects one virtual system of every driver: what a sandbox workspace starts with, and returns to on reset. */
  async seedSandbox(workspaceId: string): Promise<void> {
    for (const provider of this.#options.drivers.keys()) {
      await this.connectVirtualSystem(workspaceId, provider, this.#options.ids.uuid())
    }
  }

  /**
   * Connects a virtual system in a sandbox workspace: builds the building, signs in, reads it, writes what it holds.
   * Answers with the new ids.
   */
  async connectVirtualSystem(
    workspaceId: string,
    provider: string,
    buildingId: string,
  ): Promise<{ acs_system_id: string; connected_account_id: string }> {
    const { store, workspaces, ids } = this.#options
    const driver = this.connections.driver(provider)
    const host = await this.connections.host(workspaceId, buildingId)
    if (host.virtual === undefined) throw new Error('virtual systems are for sandbox workspaces')
    await driver.virtualBuilding(host.virtual, host).seed()
    await using connection = await driver.connect({ building_id: buildingId }, host)
    const signal = AbortSignal.timeout(30_000)
    const [identity, state] = [await connection.identify(signal), await connection.readState(signal)]
    const now = await workspaces.nowIso(workspaceId)
    const made = connectedSystem({
      definition: driver.definition,
      identity: { ...identity, external_id: buildingId },
      state,
      userIdentifier: { email: 'jane@example.com' },
      connectWebviewId: null,
      now,
      ids,
    })
    await store.write(workspaceId, now, made.changes)
    return { acs_system_id: made.acs_system_id, connected_account_id: made.connected_account_id }
  }

  /**
   * Waits until the work now due on these systems is done, `timeoutMs` at most: sandbox deletions are immediate
   * (core.md 6.9). Answers whether it is done.
   */
  async whenProvisioned(
    workspaceId: string,
    systemIds: readonly string[],
    worker: Worker,
    timeoutMs = 2000,
  ): Promise<boolean> {
    return worker.whenIdle(async () => {
      const rows = await this.#options.store.read(
        workspaceId,
        `SELECT 1 AS waiting FROM job WHERE workspace_id = $1 AND kind = 'provision' AND split_part(key, '/', 1) = ANY($2) AND run_at <= $3 LIMIT 1`,
        [systemIds, await this.#options.workspaces.nowIso(workspaceId)],
      )
      return rows.length === 0
    }, timeoutMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connections[Symbol.asyncDispose]()
  }
}
