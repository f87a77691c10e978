/** What a row of the catalogue stands on: a sandbox workspace of its own, and what its systems can do, read through the API. */
import { WRITTEN_BY_ITSELF } from '../contract/generate.ts'
import type { Reply, TestServer } from '../support/server.ts'

export type Wire = Reply['body']
export type Mode = 'code' | 'card' | 'mobile_key' | 'cloud_key'
export const MODES: readonly Mode[] = ['code', 'card', 'mobile_key', 'cloud_key']

export interface Door {
  acs_entrance_id: string
  acs_system_id: string
  display_name: string
  can_belong_to_reservation: boolean
  takes: Record<Mode, boolean>
  warnings: string[]
}

/** What a system can do, whatever it is called; found out once, by asking it. */
export interface Abilities {
  external_type: string
  /** Modes that one of its doors takes and that a grant gets. */
  modes: Mode[]
  card: 'encode' | 'assign' | null
  /** Who makes its PINs. */
  pin: 'caller' | 'system' | null
  hasGroups: boolean
  hasEncoders: boolean
  hasReservableDoors: boolean
  /** Guest cards need a reservation_key here. */
  needsReservation: boolean
  isManager: boolean
}

export interface System {
  acs_system_id: string
  external_type: string
  name: string
  /** What its maker calls it. */
  brand: string
  connected_account_id: string
  doors: Door[]
  encoders: { acs_encoder_id: string; display_name: string }[]
  groups: { acs_access_group_id: string; name: string }[]
  can: Abilities
}

/** Calls after which a workspace is not what another row expects. */
const SPOILING =
  /^\/sandbox\/(clock\/(advance|resume)|encoders|systems|doors\/set_state)|\/simulate\/|assign_card|\/connected_accounts\/(connect|sync)$/

const abilities = new Map<string, Abilities>()

/** A sandbox workspace whose clock stands still, so that nothing falls due by itself. */
export class Ground {
  readonly server: TestServer
  readonly workspaceId: string
  systems: System[] = []
  /** Its clock was moved or something of its buildings was changed: the next row wants another one. */
  isSpoilt = false
  #made = 0

  private constructor(server: TestServer, workspaceId: string) {
    this.server = server
    this.workspaceId = workspaceId
  }

  static async make(server: TestServer, now = '2026-03-02T09:00:00.000Z'): Promise<Ground> {
    const { status, body } = await server.post(
      '/workspaces/create',
      { name: 'Misconfigured', is_sandbox: true },
      server.personalAccessToken,
    )
    if (status !== 200) throw new Error(JSON.stringify(body))
    const ground = new Ground(server, body['workspace'].workspace_id as string)
    await ground.settle()
    await ground.ok('/sandbox/clock/freeze', { now })
    ground.systems = await ground.#readSystems()
    return ground
  }

  post = (path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Reply> => {
    if (SPOILING.test(path)) this.isSpoilt = true
    const own = { 'seam-workspace': this.workspaceId, ...headers }
    return this.server.post(path, body, this.server.personalAccessToken, own)
  }

  /** As somebody else: another bearer token, and no workspace named. */
  postAs = (token: string | null, path: string, body: object = {}, headers: Record<string, string> = {}) =>
    this.server.post(path, body, token, headers)

  ok = async (path: string, body: object = {}): Promise<Wire> => {
    const reply = await this.post(path, body)
    if (reply.status !== 200)
      throw new Error(`${path} ${JSON.stringify(body)} answered ${reply.status}: ${JSON.stringify(reply.body)}`)
    return reply.body
  }

  settle = async (): Promise<void> => void (await this.ok('/sandbox/settle'))
  advance = async (to: string): Promise<void> => void (await this.ok('/sandbox/clock/advance', { to }))
  later = async (seconds: number): Promise<void> => void (await this.ok('/sandbox/clock/advance', { seconds }))
  now = async (): Promise<string> => (await this.ok('/sandbox/clock/get'))['clock'].now as string

  /** A word that nothing else in the workspace has. */
  unique = (word: string): string => `${word}-${String(++this.#made)}`

  /** Waits until an attempt has ended; not for the rest of the workspace, whose systems may be away. */
  async ended(attempt: Wire): Promise<Wire> {
    const action_attempt_id = attempt['action_attempt_id'] as string
    for (let i = 0; i < 500; i++) {
      const { action_attempt } = await this.ok('/action_attempts/get', { action_attempt_id })
      if (action_attempt.status !== 'pending') return action_attempt as Wire
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`the attempt ${action_attempt_id} does not end`)
  }

  /** So many hours from now, by the workspace's clock. */
  async inHours(hours: number): Promise<string> {
    return new Date(Date.parse(await this.now()) + hours * 3_600_000).toISOString()
  }

  async fault(system: System, fault: string, more: object = {}): Promise<void> {
    await this.ok('/sandbox/systems/set_fault', { acs_system_id: system.acs_system_id, fault, ...more })
  }

  /** Puts a blank card of the system's own format on its encoder. */
  async placeBlank(system: System, card_format: string): Promise<Wire> {
    const { card } = await this.ok('/sandbox/encoders/place_card', {
      acs_encoder_id: system.encoders[0]?.acs_encoder_id,
      card_format,
    })
    return card as Wire
  }

  /** The card a method was encoded on. */
  async cardOf(method: Wire): Promise<Wire> {
    const credential = await this.credentialOf(method)
    const { cards } = await this.ok('/sandbox/cards/list', { acs_system_id: credential['acs_system_id'] as string })
    const card = (cards as Wire[]).find((one) => one['acs_credential_id'] === credential['acs_credential_id'])
    if (card === undefined) throw new Error('no card holds the credential')
    return card
  }

  async person(more: object = {}): Promise<string> {
    const { user_identity } = await this.ok('/user_identities/create', {
      full_name: 'Jane Doe',
      email_address: `${this.unique('jane')}@example.com`,
      ...more,
    })
    return user_identity.user_identity_id as string
  }

  /** A grant of a mode on doors, with what the system demands beside it; settled. */
  async grant(doors: Door[], modes: (Mode | object)[], more: object = {}): Promise<Wire> {
    const { access_grant } = await this.ok('/access_grants/create', this.grantParams(doors, modes, more))
    await this.settle()
    return (await this.ok('/access_grants/get', { access_grant_id: access_grant.access_grant_id }))[
      'access_grant'
    ] as Wire
  }

  grantParams(doors: Door[], modes: (Mode | object)[], more: object = {}): Record<string, unknown> {
    const isStay = doors.some((door) => door.can_belong_to_reservation)
    return {
      ...('user_identity_id' in more || 'user_identity' in more
        ? {}
        : { user_identity: { full_name: 'Jane Doe', email_address: `${this.unique('guest')}@example.com` } }),
      acs_entrance_ids: doors.map((door) => door.acs_entrance_id),
      requested_access_methods: modes.map((mode) => (typeof mode === 'string' ? { mode } : mode)),
      ...(isStay ? { reservation_key: this.unique('stay') } : {}),
      ...more,
    }
  }

  async methodOf(grant: Wire, mode?: Mode): Promise<Wire> {
    const { access_methods } = await this.ok('/access_methods/list', {
      access_grant_id: grant['access_grant_id'] as string,
    })
    const method = (access_methods as Wire[]).find((one) => mode === undefined || one['mode'] === mode)
    if (method === undefined) throw new Error(`the grant has no ${mode ?? 'method'}: ${JSON.stringify(grant)}`)
    return method
  }

  async credentialOf(method: Wire): Promise<Wire> {
    const { batch } = await this.ok('/access_methods/get_related', {
      access_method_ids: [method['access_method_id']],
      include: ['acs_credentials'],
    })
    const [credential] = batch.acs_credentials as Wire[]
    if (credential === undefined) throw new Error(`no credential behind ${JSON.stringify(method)}`)
    return credential
  }

  async user(system: System, more: object = {}): Promise<Wire> {
    const { acs_user } = await this.ok('/acs/users/create', {
      acs_system_id: system.acs_system_id,
      full_name: 'Jane Doe',
      email_address: `${this.unique('user')}@example.com`,
      ...more,
    })
    await this.settle()
    return acs_user as Wire
  }

  /** A user of the system that belongs to a new person. */
  async userOfPerson(system: System): Promise<Wire> {
    return this.user(system, { user_identity_id: await this.person() })
  }

  async encoded(grant: Wire, system: System): Promise<Wire> {
    const method = await this.methodOf(grant, 'card')
    const { action_attempt } = await this.ok('/access_methods/encode', {
      access_method_id: method['access_method_id'] as string,
      acs_encoder_id: system.encoders[0]?.acs_encoder_id,
    })
    const attempt = await this.ended(action_attempt as Wire)
    if (attempt['status'] !== 'success') throw new Error(JSON.stringify(attempt))
    return (await this.ok('/access_methods/get', { access_method_id: method['access_method_id'] as string }))[
      'access_method'
    ] as Wire
  }

  async events(filter: object): Promise<Wire[]> {
    return (await this.ok('/events/list', { since: '2000-01-01T00:00:00Z', ...filter }))['events'] as Wire[]
  }

  /** Where a system stands apart by what it can do. */
  system(fits: (system: System) => boolean): System {
    const system = this.systems.find(fits)
    if (system === undefined) throw new Error('no system of the sandbox fits')
    return system
  }

  /** Every row of every table of the workspace as one short text per table; jobs by name, since those under way come and go. */
  async snapshot(): Promise<{ tables: Record<string, string>; jobs: string[] }> {
    const names = await this.server.sql<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'workspace_id' AND table_name <> ALL($1) ORDER BY 1`,
      [WRITTEN_BY_ITSELF],
    )
    const parts = names.map(
      ({ name }) =>
        `SELECT '${name}' AS name, count(*) || ' rows ' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS state FROM "${name}" t WHERE workspace_id = $1`,
    )
    const rows = await this.server.sql<{ name: string; state: string }>(parts.join(' UNION ALL '), [this.workspaceId])
    const jobs = await this.server.sql<{ job: string }>(
      "SELECT kind || ' ' || key AS job FROM job WHERE workspace_id = $1",
      [this.workspaceId],
    )
    return {
      tables: Object.fromEntries(rows.map(({ name, state }) => [name, state])),
      jobs: jobs.map(({ job }) => job),
    }
  }

  /** Every PIN, card number and token the workspace holds: none of them may stand in a message. */
  async secrets(): Promise<string[]> {
    const rows = await this.server.sql<{ secret: string | null }>(
      `SELECT code AS secret FROM acs_credential WHERE workspace_id = $1
        UNION SELECT card_number FROM acs_credential WHERE workspace_id = $1
        UNION SELECT code FROM access_method WHERE workspace_id = $1
        UNION SELECT code FROM pin_claim WHERE workspace_id = $1
        UNION SELECT short_code FROM instant_key WHERE workspace_id = $1`,
      [this.workspaceId],
    )
    const { cards } = await this.ok('/sandbox/cards/list')
    const { client_sessions } = await this.ok('/client_sessions/list')
    return [
      this.server.apiKey,
      this.server.personalAccessToken,
      ...rows.map((row) => row.secret),
      ...(cards as Wire[]).map((card) => card['card_number'] as string | null),
      ...(client_sessions as Wire[]).map((session) => session['token'] as string),
    ].filter((secret): secret is string => secret !== null && secret.length >= 4)
  }

  async #readSystems(): Promise<System[]> {
    const [{ acs_systems }, { connected_accounts }] = await Promise.all([
      this.ok('/acs/systems/list'),
      this.ok('/connected_accounts/list'),
    ])
    const brands = new Map(
      (connected_accounts as Wire[]).map((one) => [one['connected_account_id'], one['account_type_display_name']]),
    )
    const systems: System[] = []
    for (const one of acs_systems as Wire[]) {
      const acs_system_id = one['acs_system_id'] as string
      const [{ acs_entrances }, { acs_encoders }, { acs_access_groups }] = await Promise.all([
        this.ok('/acs/entrances/list', { acs_system_id }),
        this.ok('/acs/encoders/list', { acs_system_ids: [acs_system_id] }),
        this.ok('/acs/access_groups/list', { acs_system_id }),
      ])
      const system = {
        acs_system_id,
        external_type: one['external_type'] as string,
        name: one['name'] as string,
        brand: brands.get(one['connected_account_id']) as string,
        connected_account_id: one['connected_account_id'] as string,
        doors: (acs_entrances as Wire[]).map(readDoor),
        encoders: acs_encoders as System['encoders'],
        groups: acs_access_groups as System['groups'],
      }
      let can = abilities.get(system.external_type)
      if (can === undefined) {
        can = await this.#askAbilities(system, one['is_credential_manager'] === true)
        abilities.set(system.external_type, can)
      }
      systems.push({ ...system, can })
    }
    return systems
  }

  /** Tries the system: a grant for each mode its doors take says how it goes about it. */
  async #askAbilities(system: Omit<System, 'can'>, isManager: boolean): Promise<Abilities> {
    const can: Abilities = {
      external_type: system.external_type,
      modes: [],
      card: null,
      pin: null,
      hasGroups: system.groups.length > 0,
      hasEncoders: system.encoders.length > 0,
      hasReservableDoors: system.doors.some((door) => door.can_belong_to_reservation),
      needsReservation: false,
      isManager,
    }
    const wished = '58213'
    for (const mode of MODES) {
      const door = system.doors.find((one) => one.takes[mode])
      if (door === undefined) continue
      const request = mode === 'code' ? { mode, code: wished } : { mode }
      const reservation = door.can_belong_to_reservation ? { reservation_key: this.unique('ask') } : {}
      const params = this.grantParams([door], [request], reservation)
      const other = this.grantParams([door], [request], reservation)
      if (door.can_belong_to_reservation && (mode === 'card' || mode === 'mobile_key')) {
        const { reservation_key: _key, ...without } = other
        const reply = await this.post('/access_grants/create', without)
        if (reply.body['error']?.data?.rule === 'R') can.needsReservation = true
      }
      const { access_grant } = await this.ok('/access_grants/create', params)
      await this.settle()
      const { access_methods } = await this.ok('/access_methods/list', {
        access_grant_id: access_grant.access_grant_id,
      })
      const [method] = access_methods as Wire[]
      if (method === undefined) continue
      can.modes.push(mode)
      if (mode === 'card') can.card = method['is_encoding_required'] === true ? 'encode' : 'assign'
      if (mode === 'code') can.pin = method['code'] === wished ? 'caller' : 'system'
    }
    return can
  }
}

function readDoor(entrance: Wire): Door {
  return {
    acs_entrance_id: entrance['acs_entrance_id'] as string,
    acs_system_id: entrance['acs_system_id'] as string,
    display_name: entrance['display_name'] as string,
    can_belong_to_reservation: entrance['can_belong_to_reservation'] === true,
    warnings: (entrance['warnings'] as { warning_code: string }[]).map((warning) => warning.warning_code),
    takes: {
      code: entrance['can_unlock_with_code'] === true,
      card: entrance['can_unlock_with_card'] === true,
      mobile_key: entrance['can_unlock_with_mobile_key'] === true,
      cloud_key: entrance['can_unlock_with_cloud_key'] === true,
    },
  }
}
