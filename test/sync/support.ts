// A sandbox with one system in hand: people make changes there behind Lockstitch's back, and Lockstitch looks.
import type { SeamClient } from '../clients/sdks.ts'
import { startTestServer, type Reply, type TestServer, type TestServerOptions } from '../support/server.ts'

export type Wire = Reply['body']

export const MORNING = '2030-06-01T09:00:00.000Z'
export const STARTS = '2030-06-01T15:00:00.000Z'
export const ENDS = '2030-06-04T11:00:00.000Z'

export class World implements AsyncDisposable {
  readonly server: TestServer
  readonly seam: SeamClient
  readonly provider: string
  readonly acs_system_id: string
  readonly connected_account_id: string

  private constructor(server: TestServer, provider: string, system: Wire) {
    this.server = server
    this.seam = server.seam()
    this.provider = provider
    this.acs_system_id = system['acs_system_id']
    this.connected_account_id = system['connected_account_id']
  }

  static async of(provider: string, options: TestServerOptions = { frozenAt: MORNING }): Promise<World> {
    return World.on(await startTestServer(options), provider)
  }

  static async on(server: TestServer, provider: string): Promise<World> {
    const { acs_system } = await server.ok('/acs/systems/get', { acs_system_id: await server.systemOf(provider) })
    const world = new World(server, provider, acs_system)
    // A clock that was just set makes the first look due.
    await server.settle()
    return world
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }

  door(name: string): Promise<string> {
    return this.server.entrance(this.provider, name)
  }

  /** What the system's own operator does in the maker's software. */
  async edit(action: string, more: object = {}): Promise<void> {
    await this.seam.client.post('/sandbox/systems/edit', { acs_system_id: this.acs_system_id, action, ...more })
  }

  async fault(fault: string, more: object = {}): Promise<void> {
    await this.seam.client.post('/sandbox/systems/set_fault', { acs_system_id: this.acs_system_id, fault, ...more })
  }

  /** Has the system looked at, and waits until everything that follows is done. */
  async sync(): Promise<void> {
    await this.seam.connectedAccounts.sync({ connected_account_id: this.connected_account_id })
    await this.server.settle()
  }

  async grant(modes: string[], doors: string[], more: object = {}): Promise<Wire> {
    const { access_grant } = await this.server.ok('/access_grants/create', {
      user_identity: { full_name: 'Guest' },
      acs_entrance_ids: await Promise.all(doors.map((name) => this.door(name))),
      requested_access_methods: modes.map((mode) => ({ mode })),
      starts_at: STARTS,
      ends_at: ENDS,
      ...more,
    })
    await this.server.settle()
    return this.grantNow(access_grant)
  }

  async grantNow({ access_grant_id }: Wire): Promise<Wire> {
    return (await this.seam.accessGrants.get({ access_grant_id })) as Wire
  }

  async methods({ access_grant_id }: Wire): Promise<Wire[]> {
    return (await this.seam.accessMethods.list({ access_grant_id })) as Wire[]
  }

  async method(grant: Wire, mode: string): Promise<Wire> {
    const found = (await this.methods(grant)).find((one) => one['mode'] === mode)
    if (found === undefined) throw new Error(`the grant has no ${mode}`)
    return found
  }

  async encode({ access_method_id }: Wire): Promise<Wire> {
    const acs_encoder_id = await this.server.encoder(this.provider)
    const { action_attempt } = await this.server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    await this.server.settle()
    const { action_attempt_id } = action_attempt
    return (await this.server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt']
  }

  /** The credentials behind an access method. */
  async credentials({ access_method_id }: Wire): Promise<Wire[]> {
    const rows = await this.server.sql<{ id: string }>(
      'SELECT acs_credential_id AS id FROM acs_credential WHERE access_method_id = $1 ORDER BY created_at',
      [access_method_id],
    )
    return Promise.all(rows.map(({ id }) => this.credential(id)))
  }

  async credential(acs_credential_id: string): Promise<Wire> {
    return (await this.seam.acs.credentials.get({ acs_credential_id })) as Wire
  }

  async users(): Promise<Wire[]> {
    return (await this.seam.acs.users.list({ acs_system_id: this.acs_system_id })) as Wire[]
  }

  async user(): Promise<Wire> {
    const [user] = await this.users()
    if (user === undefined) throw new Error('there is no user')
    return user
  }

  async groups(): Promise<Wire[]> {
    return (await this.seam.acs.accessGroups.list({ acs_system_id: this.acs_system_id })) as Wire[]
  }

  async group(name: string): Promise<Wire> {
    const found = (await this.groups()).find((one) => one['name'] === name)
    if (found === undefined) throw new Error(`there is no group ${name}`)
    return found
  }

  /** The group that was made for a grant. */
  async ownGroup(): Promise<Wire> {
    const [row] = await this.server.sql<{ id: string }>(
      'SELECT acs_access_group_id AS id FROM acs_access_group WHERE is_managed AND acs_system_id = $1',
      [this.acs_system_id],
    )
    return (await this.seam.acs.accessGroups.get({ acs_access_group_id: row?.id ?? '' })) as Wire
  }

  async system(): Promise<Wire> {
    return (await this.seam.acs.systems.get({ acs_system_id: this.acs_system_id })) as Wire
  }

  async account(): Promise<Wire> {
    return (await this.seam.connectedAccounts.get({ connected_account_id: this.connected_account_id })) as Wire
  }

  async events(filter: object = {}): Promise<Wire[]> {
    return (await this.seam.events.list({ since: '2000-01-01T00:00:00Z', ...filter })) as Wire[]
  }

  async eventTypes(filter: object = {}): Promise<string[]> {
    return (await this.events(filter)).map((event) => event['event_type'] as string)
  }

  /** Event types from here on, by calling what it answers. */
  async mark(): Promise<() => Promise<string[]>> {
    const before = (await this.events()).length
    return async () => (await this.eventTypes()).slice(before)
  }

  async enterCode(door: string, code: string): Promise<string> {
    const { door_attempt } = await this.server.ok('/sandbox/doors/enter_code', {
      acs_entrance_id: await this.door(door),
      code,
    })
    return door_attempt.reason as string
  }

  async present(door: string, card_number: string): Promise<string> {
    const { door_attempt } = await this.server.ok('/sandbox/doors/present_card', {
      acs_entrance_id: await this.door(door),
      card_number,
    })
    return door_attempt.reason as string
  }
}

export function codes(resource: Wire, kind: 'errors' | 'warnings'): string[] {
  return (resource[kind] as Record<string, string>[]).map(
    (one) => one[kind === 'errors' ? 'error_code' : 'warning_code'] ?? '',
  )
}

export function messages(resource: Wire, kind: 'errors' | 'warnings'): string {
  return (resource[kind] as { message: string }[]).map((one) => one.message).join('\n')
}

export function mutations(resource: Wire): string[] {
  return (resource['pending_mutations'] as { mutation_code: string }[]).map((one) => one.mutation_code)
}
