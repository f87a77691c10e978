// Brivo from the grant to the door, over its own HTTP: a person is in a group exactly while the grant lasts.
import { describe, expect, test } from 'vitest'
import { memoryHost, MemoryRecords } from '../../src/systems/kit/memory-records.ts'
import { serveAccount } from '../../src/systems/brivo/virtual/emulator.ts'
import { driverOf } from '../../src/systems/registry.ts'
import { sdkGenerations, type SeamClient } from '../clients/sdks.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'

type Json = Reply['body']

const MORNING = '2030-06-01T09:00:00.000Z'
const STARTS = '2030-06-01T15:00:00.000Z'
const ENDS = '2030-06-04T11:00:00.000Z'
const CARD = '48203'

const shifted = (at: string, ms: number): string => new Date(Date.parse(at) + ms).toISOString()

class Office implements AsyncDisposable {
  readonly server: TestServer
  readonly seam: SeamClient

  private constructor(server: TestServer) {
    const [sdk] = sdkGenerations
    if (sdk === undefined) throw new Error('no SDK is installed')
    const waitForActionAttempt = { timeout: 10_000, pollingInterval: 20 }
    this.server = server
    this.seam = new sdk.Seam({ apiKey: server.apiKey, endpoint: server.url, waitForActionAttempt })
  }

  static async open(options: { expectErrors?: boolean } = {}): Promise<Office> {
    return new Office(await startTestServer({ frozenAt: MORNING, ...options }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
  }

  door(name: string): Promise<string> {
    return this.server.entrance('brivo', name)
  }

  /** A grant of some doors, in some modes. */
  async grant(doors: readonly string[], modes: readonly (string | Json)[], more: object = {}): Promise<Json> {
    const grant = await this.seam.accessGrants.create({
      user_identity: { full_name: 'Ann Lee', email_address: 'ann@example.com' },
      acs_entrance_ids: await Promise.all(doors.map((door) => this.door(door))),
      requested_access_methods: modes.map((mode) => (typeof mode === 'string' ? { mode: mode as 'code' } : mode)) as [],
      starts_at: STARTS,
      ends_at: ENDS,
      ...more,
    })
    await this.server.settle()
    return this.seam.accessGrants.get({ access_grant_id: grant.access_grant_id })
  }

  /** The grant's access method of a mode, as it is now. */
  async method(grant: Json, mode: string): Promise<Json> {
    const { access_grant_id } = grant as { access_grant_id: string }
    const methods = await this.seam.accessMethods.list({ access_grant_id })
    const found = methods.find((method) => method.mode === mode)
    if (found === undefined) throw new Error(`the grant has no ${mode}`)
    return found
  }

  async code(grant: Json): Promise<string> {
    return (await this.method(grant, 'code'))['code'] as string
  }

  /** Gives a registered card to the grant. */
  async assign(grant: Json, card_number = CARD): Promise<Json> {
    const { access_method_id } = (await this.method(grant, 'card')) as { access_method_id: string }
    const { action_attempt } = await this.server.ok('/access_methods/assign_card', { access_method_id, card_number })
    await this.server.settle()
    return (await this.server.ok('/action_attempts/get', action_attempt))['action_attempt'] as Json
  }

  async enter(door: string, code: string): Promise<string> {
    return (await this.tryCode(door, code))['reason'] as string
  }

  async tryCode(door: string, code: string): Promise<Json> {
    const body = { acs_entrance_id: await this.door(door), code }
    return (await this.server.ok('/sandbox/doors/enter_code', body))['door_attempt'] as Json
  }

  async present(door: string, card_number = CARD): Promise<string> {
    const body = { acs_entrance_id: await this.door(door), card_number }
    return (await this.server.ok('/sandbox/doors/present_card', body))['door_attempt'].reason as string
  }

  /** Opens a door with the grant's cloud key. */
  async unlock(grant: Json, door: string): Promise<Json> {
    const { access_method_id } = (await this.method(grant, 'cloud_key')) as { access_method_id: string }
    const body = { access_method_id, acs_entrance_id: await this.door(door) }
    const reply = await this.server.post('/access_methods/unlock_door', body)
    if (reply.status !== 200) return { status: 'refused', ...reply.body['error'] }
    await this.server.settle()
    return (await this.server.ok('/action_attempts/get', reply.body['action_attempt']))['action_attempt'] as Json
  }

  async user(): Promise<Json> {
    const acs_system_id = await this.server.systemOf('brivo')
    const [user] = await this.seam.acs.users.list({ acs_system_id })
    return user as Json
  }

  mutations(of: Json): string[] {
    return (of['pending_mutations'] as { mutation_code: string }[]).map((one) => one.mutation_code)
  }

  async fault(fault: string, more: object = {}): Promise<void> {
    const acs_system_id = await this.server.systemOf('brivo')
    await this.server.ok('/sandbox/systems/set_fault', { acs_system_id, fault, ...more })
  }

  async events(filter: object = {}): Promise<Json[]> {
    const { events } = await this.server.ok('/events/list', { since: '2000-01-01T00:00:00Z', ...filter })
    return events as Json[]
  }
}

describe('a grant of a PIN, a card and a cloud key', () => {
  test('opens its doors from its start to its end, to the millisecond, and no other door', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Front Door', 'Suite 100'], ['code', 'card', 'cloud_key'])
    expect(grant['errors']).toEqual([])
    expect(await office.method(grant, 'code')).toMatchObject({
      is_issued: true,
      code: expect.stringMatching(/^\d{4}$/),
    })
    expect(await office.method(grant, 'card')).toMatchObject({
      is_issued: false,
      is_assignment_required: true,
      is_ready_for_assignment: true,
    })
    expect(await office.assign(grant)).toMatchObject({ status: 'success' })
    expect(await office.method(grant, 'card')).toMatchObject({ is_issued: true, is_assignment_required: false })
    const code = await office.code(grant)

    const everything = async () => [
      await office.enter('Front Door', code),
      await office.present('Suite 100'),
      (await office.unlock(grant, 'Front Door'))['status'],
    ]
    expect(await everything()).toEqual(['not_yet_valid', 'not_yet_valid', 'error'])
    await office.server.advance(shifted(STARTS, -1))
    expect(await everything()).toEqual(['not_yet_valid', 'not_yet_valid', 'error'])
    await office.server.advance(STARTS)
    expect(await everything()).toEqual(['granted', 'granted', 'success'])
    expect([await office.enter('Garage', code), await office.present('Garage')]).toEqual([
      'no_access_to_entrance',
      'no_access_to_entrance',
    ])
    await office.server.advance(shifted(ENDS, -1))
    expect(await everything()).toEqual(['granted', 'granted', 'success'])
    await office.server.advance(ENDS)
    const [pin, card, cloud] = await everything()
    expect([pin, card]).not.toContain('granted')
    expect(cloud).not.toBe('success')
    // The card is free again.
    const free = await office.seam.acs.credentials.list({ acs_system_id: await office.server.systemOf('brivo') })
    expect(free.filter((one) => one.card_number === CARD && one.acs_user_id === undefined)).toHaveLength(1)
  })

  test('a cloud key says that nobody saw the door move, and tells of the opening', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['cloud_key'], { starts_at: MORNING })
    expect(await office.unlock(grant, 'Garage')).toMatchObject({
      status: 'success',
      result: { was_confirmed_by_device: false },
    })
    const opened = (await office.events({ acs_entrance_id: await office.door('Garage') })).filter(
      (event) => event['event_type'] === 'lock.unlocked',
    )
    expect(opened).toMatchObject([{ method: 'remote', user_identity_id: grant['user_identity_id'] }])
    // A door of another grant's, and one that is cut off from its panel.
    expect(await office.unlock(grant, 'Front Door')).toMatchObject({ status: 'refused' })
    await office.server.ok('/sandbox/doors/set_state', {
      acs_entrance_id: await office.door('Garage'),
      is_online: false,
    })
    const offline = await office.unlock(grant, 'Garage')
    expect(offline).toMatchObject({ status: 'error', error: { message: expect.stringContaining('not connected') } })
  })

  test('what a door saw names the credential and the person, though Brivo keeps no reference of ours', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code', 'card'], { starts_at: MORNING })
    await office.assign(grant)
    const code = await office.method(grant, 'code')
    const attempt = await office.tryCode('Garage', code['code'] as string)
    expect(attempt).toMatchObject({
      opened: true,
      access_method_id: code['access_method_id'],
      user_identity_id: grant['user_identity_id'],
    })
    const acs_system_id = await office.server.systemOf('brivo')
    const { cards } = await office.server.ok('/sandbox/cards/list', { acs_system_id })
    expect(cards).toHaveLength(10)
    const held = (cards as Json[]).filter((card) => card['acs_credential_id'] !== null)
    expect(held).toMatchObject([{ card_number: CARD }])
    const credential = await office.seam.acs.credentials.get({
      acs_credential_id: held[0]?.['acs_credential_id'] as string,
    })
    expect(credential).toMatchObject({ card_number: CARD, is_issued: true })
  })

  test('a mode it lacks is named on the grant', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['mobile_key'])
    expect(grant['errors']).toMatchObject([{ error_code: 'cannot_create_requested_access_methods' }])
    const types = (await office.events({ access_grant_id: grant['access_grant_id'] })).map(
      (event) => event['event_type'],
    )
    expect(types).toContain('access_grant.could_not_create_requested_access_methods')
  })
})

describe('groups without times', () => {
  test('until its time begins, a membership shows as deferred on the user and on the group', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code'])
    const waiting = await office.user()
    expect(waiting).toMatchObject({ full_name: 'Ann Lee', errors: [] })
    expect(waiting['pending_mutations']).toMatchObject([
      { mutation_code: 'deferring_group_membership_update', variant: 'adding' },
    ])
    const acs_system_id = await office.server.systemOf('brivo')
    const groups = await office.seam.acs.accessGroups.list({ acs_system_id })
    const own = groups.find((group) => group.access_schedule !== undefined) as unknown as Json
    expect(own).toMatchObject({ errors: [], access_schedule: { starts_at: STARTS, ends_at: ENDS } })
    expect(own['pending_mutations']).toMatchObject([
      { mutation_code: 'deferring_user_membership_update', acs_user_id: waiting['acs_user_id'], variant: 'adding' },
    ])
    // The access method waits for nothing: its PIN can be handed out.
    expect(await office.method(grant, 'code')).toMatchObject({ is_issued: true, warnings: [], errors: [] })

    await office.server.advance(STARTS)
    expect(office.mutations(await office.user())).toEqual([])
    await office.server.advance(ENDS)
    const after = await office.user()
    expect(office.mutations(after)).toEqual([])
    const left = await office.seam.acs.accessGroups.list({ acs_system_id })
    expect(left.map((group) => group.name).sort()).toEqual(['Staff', 'Tenants'])
  })

  test('one jump over the whole stay leaves nothing behind', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code', 'card'])
    await office.assign(grant)
    const code = await office.code(grant)
    await office.server.advance(shifted(ENDS, 30 * 24 * 3_600_000))
    expect(await office.enter('Garage', code)).not.toBe('granted')
    expect(await office.present('Garage')).not.toBe('granted')
    expect(office.mutations(await office.user())).toEqual([])
  })

  test('new times are followed: earlier, later, and longer', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code'])
    const { access_grant_id } = grant as { access_grant_id: string }
    const code = await office.code(grant)
    const update = async (window: object): Promise<void> => {
      await office.server.ok('/access_grants/update', { access_grant_id, ...window })
      await office.server.settle()
    }
    await update({ starts_at: MORNING })
    expect(await office.enter('Garage', code)).toBe('granted')
    await update({ starts_at: STARTS })
    expect(await office.enter('Garage', code)).toBe('not_yet_valid')
    expect(office.mutations(await office.user())).toEqual(['deferring_group_membership_update'])
    await update({ ends_at: shifted(ENDS, 3_600_000) })
    await office.server.advance(ENDS)
    expect(await office.enter('Garage', code)).toBe('granted')
    expect(await office.code(grant)).toBe(code)
    await update({ ends_at: null })
    await office.server.advance(shifted(ENDS, 90 * 24 * 3_600_000))
    expect(await office.enter('Garage', code)).toBe('granted')
  })

  test("a group of the maker's own has no time: who is put into it opens at once", async () => {
    await using office = await Office.open()
    const acs_system_id = await office.server.systemOf('brivo')
    const [staff] = (await office.seam.acs.accessGroups.list({ acs_system_id })).filter((one) => one.name === 'Staff')
    const user = await office.seam.acs.users.create({
      acs_system_id,
      full_name: 'Bob Ray',
      acs_access_group_ids: [staff?.acs_access_group_id ?? ''],
    })
    const credential = await office.seam.acs.credentials.create({
      acs_user_id: user.acs_user_id,
      access_method: 'code',
      code: '74185',
    })
    await office.server.settle()
    expect(credential).toMatchObject({ code: '74185' })
    expect(await office.enter('Garage', '74185')).toBe('granted')
    expect(await office.enter('Suite 100', '74185')).toBe('no_access_to_entrance')
    await office.seam.acs.credentials.update({ acs_credential_id: credential.acs_credential_id, code: '963852' })
    await office.server.settle()
    expect(await office.enter('Garage', '963852')).toBe('granted')
    expect(await office.enter('Garage', '74185')).toBe('unknown_credential')
    await office.seam.acs.credentials.delete({ acs_credential_id: credential.acs_credential_id })
    expect(await office.enter('Garage', '963852')).toBe('revoked')
  })
})

describe('two grants of one person', () => {
  test('each door opens in its own grant, and each credential within its own time', async () => {
    await using office = await Office.open()
    const now = await office.grant(['Garage'], ['card'], { starts_at: MORNING, ends_at: shifted(STARTS, 3_600_000) })
    await office.assign(now)
    const later = await office.grant(['Suite 100'], ['code'], {
      user_identity: undefined,
      user_identity_id: now['user_identity_id'],
    })
    const code = await office.code(later)
    // The PIN is not valid yet, though its person may open the garage with the card.
    expect([await office.present('Garage'), await office.enter('Garage', code)]).toEqual(['granted', 'not_yet_valid'])
    expect(await office.enter('Suite 100', code)).toBe('not_yet_valid')
    await office.server.advance(STARTS)
    // Both live now: any credential opens what the person may open.
    expect([await office.present('Garage'), await office.present('Suite 100')]).toEqual(['granted', 'granted'])
    expect([await office.enter('Garage', code), await office.enter('Suite 100', code)]).toEqual(['granted', 'granted'])
    await office.server.advance(shifted(STARTS, 3_600_000))
    expect(await office.present('Suite 100')).not.toBe('granted')
    expect([await office.enter('Garage', code), await office.enter('Suite 100', code)]).toEqual([
      'no_access_to_entrance',
      'granted',
    ])
    await office.server.advance(ENDS)
    expect(await office.enter('Suite 100', code)).not.toBe('granted')
  })

  test('a second PIN is refused by name; the same doors and times share the first', async () => {
    await using office = await Office.open()
    const first = await office.grant(['Garage'], ['code'])
    const same = { user_identity: undefined, user_identity_id: first['user_identity_id'] }
    const second = await office.grant(['Suite 100'], ['code', 'cloud_key'], same)
    expect(second['errors']).toMatchObject([
      {
        error_code: 'cannot_create_requested_access_methods',
        message: expect.stringMatching(/Brivo allows one PIN code per person.*delete that one first/),
      },
    ])
    const shared = await office.grant(['Garage'], ['code'], same)
    expect(shared['errors']).toEqual([])
    expect(await office.code(shared)).toBe(await office.code(first))
    await office.server.ok('/access_grants/delete', { access_grant_id: first['access_grant_id'] })
    await office.server.advance(STARTS)
    expect(await office.enter('Garage', await office.code(shared))).toBe('granted')
    const { acs_user_id } = (await office.user()) as { acs_user_id: string }
    await expect(office.seam.acs.credentials.create({ acs_user_id, access_method: 'code' })).rejects.toThrow(
      /one at most/,
    )
    await expect(
      office.seam.acs.credentials.create({ acs_user_id, access_method: 'card', code: '74185' }),
    ).rejects.toThrow(/credential of its own/)
  })
})

describe('PINs and cards', () => {
  test('a PIN that everybody tries first is not taken, and nobody gets somebody else’s', async () => {
    await using office = await Office.open()
    const wished = await office.grant(['Garage'], [{ mode: 'code', code: '2468' }])
    expect(await office.code(wished)).not.toBe('2468')
    const first = await office.grant(['Garage'], [{ mode: 'code', code: '739146' }], {
      user_identity: { full_name: 'Bob Ray' },
    })
    expect(await office.code(first)).toBe('739146')
    // Another door, another time: a PIN is one person's all the same.
    const other = await office.grant(['Suite 100'], [{ mode: 'code', code: '739146' }], {
      user_identity: { full_name: 'Cy Dee' },
      starts_at: shifted(ENDS, 3_600_000),
      ends_at: shifted(ENDS, 7_200_000),
    })
    expect(await office.code(other)).not.toBe('739146')
    const acs_system_id = await office.server.systemOf('brivo')
    const user = await office.seam.acs.users.create({ acs_system_id, full_name: 'Dan Eff' })
    const create = (code: string) =>
      office.seam.acs.credentials.create({ acs_user_id: user.acs_user_id, access_method: 'code', code })
    await expect(create('739146')).rejects.toThrow(/belongs to one person/)
    await expect(create('1234')).rejects.toThrow(/easily guessed/)
    await expect(create('123')).rejects.toThrow(/4 to 8 digits/)
  })

  test('an unknown card and one that somebody has are not found; a free one goes to one person', async () => {
    await using office = await Office.open()
    const first = await office.grant(['Garage'], ['card'], { starts_at: MORNING })
    const unknown = await office.assign(first, '99999')
    expect(unknown).toMatchObject({ status: 'error', error: { type: 'credential_not_found' } })
    expect(await office.assign(first, ` ${CARD} `)).toMatchObject({ status: 'success' })
    const second = await office.grant(['Garage'], ['card'], { user_identity: { full_name: 'Bob Ray' } })
    expect(await office.assign(second)).toMatchObject({ status: 'error', error: { type: 'credential_not_found' } })
    expect(await office.assign(second, '48204')).toMatchObject({ status: 'success' })
    await office.server.ok('/access_grants/delete', { access_grant_id: first['access_grant_id'] })
    expect(await office.present('Garage')).toBe('revoked')
    const third = await office.grant(['Garage'], ['card'], {
      user_identity: { full_name: 'Cy Dee' },
      starts_at: MORNING,
    })
    expect(await office.assign(third)).toMatchObject({ status: 'success' })
    expect(await office.present('Garage')).toBe('granted')
  })

  test('there are no encoders', async () => {
    await using office = await Office.open()
    const acs_system_id = await office.server.systemOf('brivo')
    expect(await office.seam.acs.encoders.list({ acs_system_id })).toEqual([])
  })

  test('a suspended person stays outside until the suspension is lifted', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code', 'card', 'cloud_key'], { starts_at: MORNING })
    await office.assign(grant)
    const code = await office.code(grant)
    const { acs_user_id } = (await office.user()) as { acs_user_id: string }
    await office.seam.acs.users.suspend({ acs_user_id })
    await office.server.settle()
    expect([await office.enter('Garage', code), await office.present('Garage')]).toEqual(['suspended', 'suspended'])
    expect(await office.unlock(grant, 'Garage')).toMatchObject({
      status: 'error',
      error: { message: expect.stringContaining('suspended') },
    })
    await office.seam.acs.users.unsuspend({ acs_user_id })
    await office.server.settle()
    expect([await office.enter('Garage', code), await office.present('Garage')]).toEqual(['granted', 'granted'])
    expect(await office.unlock(grant, 'Garage')).toMatchObject({ status: 'success' })
  })
})

describe('a system that is away', () => {
  test('at the start: nobody comes in before it is back, and then at once', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code'])
    const code = await office.code(grant)
    await office.fault('offline')
    await office.server.advance(STARTS)
    expect(await office.enter('Garage', code)).toBe('no_access_to_entrance')
    expect(office.mutations(await office.user())).toEqual(['updating_group_membership'])
    await office.fault('none')
    await office.server.settle()
    expect(await office.enter('Garage', code)).toBe('granted')
    expect(office.mutations(await office.user())).toEqual([])
  })

  test('at the end: the dates at Brivo end the PIN and the card by themselves', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['code', 'card'], { starts_at: MORNING })
    await office.assign(grant)
    const code = await office.code(grant)
    await office.server.advance(shifted(ENDS, -1))
    await office.fault('offline')
    expect([await office.enter('Garage', code), await office.present('Garage')]).toEqual(['granted', 'granted'])
    await office.server.advance(ENDS)
    expect([await office.enter('Garage', code), await office.present('Garage')]).toEqual(['expired', 'expired'])
    await office.fault('none')
    await office.server.settle()
    expect([await office.enter('Garage', code), await office.present('Garage')]).toEqual(['revoked', 'revoked'])
    const groups = await office.seam.acs.accessGroups.list({ acs_system_id: await office.server.systemOf('brivo') })
    expect(groups).toHaveLength(2)
  })

  test('answers that are lost make nothing twice', async () => {
    await using office = await Office.open()
    await office.fault('answer_lost', { times: 6 })
    const grant = await office.grant(['Garage', 'Suite 100'], ['code', 'card'], { starts_at: MORNING })
    await office.server.advance(shifted(MORNING, 120_000))
    await office.fault('answer_lost', { times: 1 })
    expect(await office.assign(grant)).toMatchObject({ status: 'success' })
    await office.fault('none')
    expect(await office.enter('Suite 100', await office.code(grant))).toBe('granted')
    expect(await office.present('Garage')).toBe('granted')
    const acs_system_id = await office.server.systemOf('brivo')
    expect(await office.seam.acs.users.list({ acs_system_id })).toHaveLength(1)
    const made = await office.server.sql<{ kind: string; count: string }>(
      "SELECT kind, count(*) FROM virtual_record WHERE building_id = (SELECT external_id FROM acs_system WHERE acs_system_id = $1) AND kind IN ('user', 'group') GROUP BY kind ORDER BY kind",
      [acs_system_id],
    )
    expect(made).toEqual([
      { kind: 'group', count: '3' },
      { kind: 'user', count: '1' },
    ])
  })

  test('a door is not opened twice when the answer to its opening is lost', async () => {
    await using office = await Office.open()
    const grant = await office.grant(['Garage'], ['cloud_key'], { starts_at: MORNING })
    await office.fault('answer_lost', { times: 1 })
    const lost = await office.unlock(grant, 'Garage')
    expect(lost).toMatchObject({ status: 'error', error: { message: expect.stringContaining('was not asked again') } })
    expect(await office.unlock(grant, 'Garage')).toMatchObject({ status: 'success' })
  })
})

describe('a production workspace', () => {
  const LOGIN = {
    api_key: 'key-of-the-developer',
    email: 'admin@example.com',
    password: 'correct horse',
    client_id: 'ABC-1',
    client_secret: 'secret-of-the-application',
  }

  test('connects an account by its login and its addresses, and lets people in and out', async () => {
    const records = new MemoryRecords()
    const host = { ...memoryHost(records), now: () => Date.now() }
    const building = driverOf('brivo').virtualBuilding(records, host)
    await building.seed()
    const happened: { uuid: string; occurred: string }[] = []
    await using account = await serveAccount(records, host, { login: LOGIN, events: () => happened })
    let ahead = 0
    await using server = await startTestServer({ clock: { now: () => Date.now() + ahead } })
    const pat = server.personalAccessToken
    const { body } = await server.post('/workspaces/create', { name: 'Head Office', is_sandbox: false }, pat)
    const workspace = { 'seam-workspace': body['workspace'].workspace_id as string }
    const ask = async (path: string, params: object = {}): Promise<Json> => {
      const reply = await server.post(path, params, pat, workspace)
      return reply.status === 200 ? reply.body : { status: reply.status, ...reply.body['error'] }
    }
    const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
      for (let tries = 0; tries < 200; tries++) {
        const found = await look()
        if (found !== undefined) return found
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error('it never came')
    }
    const login = { ...LOGIN, api_url: account.login['api_url'], auth_url: account.login['auth_url'] }
    const connect = (more: object) =>
      ask('/connected_accounts/connect', { provider: 'brivo', login: { ...login, ...more } })

    expect(await connect({ password: 'wrong horse' })).toMatchObject({ status: 400, type: 'login_refused' })
    expect(await connect({ client_secret: undefined })).toMatchObject({
      type: 'login_refused',
      message: expect.stringContaining('Generate API Token'),
    })
    expect(await connect({ api_url: 'http://127.0.0.1:1', auth_url: 'http://127.0.0.1:1' })).toMatchObject({
      type: 'system_unreachable',
    })
    const made = await connect({})
    const { acs_system_id } = made['acs_system'] as { acs_system_id: string }
    expect(made['acs_system']).toMatchObject({ name: 'Brivo', external_type: 'brivo_account', errors: [] })
    expect((await connect({}))['acs_system']).toMatchObject({ acs_system_id })
    const { acs_entrances } = await ask('/acs/entrances/list', { acs_system_id })
    expect(acs_entrances.map((door: Json) => door['display_name']).sort()).toEqual([
      'Front Door',
      'Garage',
      'Suite 100',
    ])
    const garage = acs_entrances.find((door: Json) => door['display_name'] === 'Garage') as Json

    const { access_grant } = await ask('/access_grants/create', {
      user_identity: { full_name: 'Ann Lee' },
      acs_entrance_ids: [garage['acs_entrance_id']],
      requested_access_methods: [{ mode: 'code', code: '739146' }, { mode: 'cloud_key' }],
    })
    const methods = async (): Promise<Json[]> =>
      (await ask('/access_methods/list', { access_grant_id: access_grant.access_grant_id }))['access_methods']
    const issued = await until(async () => {
      const all = await methods()
      return all.every((method) => method['is_issued']) ? all : undefined
    })
    expect(issued).toHaveLength(2)
    const enter = async (): Promise<string> =>
      (await building.enterCode({ entrance_id: '4002', code: '739146' })).reason
    expect(await enter()).toBe('granted')
    const cloud = issued.find((method) => method['mode'] === 'cloud_key')
    const { action_attempt } = await ask('/access_methods/unlock_door', {
      access_method_id: cloud?.['access_method_id'],
      acs_entrance_id: garage['acs_entrance_id'],
    })
    const { action_attempt_id } = action_attempt as { action_attempt_id: string }
    const ended = await until(async () => {
      const { action_attempt: now } = await ask('/action_attempts/get', { action_attempt_id })
      return now.status === 'pending' ? undefined : (now as Json)
    })
    expect(ended).toMatchObject({ status: 'success' })
    expect(await ask('/sandbox/systems/set_fault', { acs_system_id, fault: 'offline' })).toMatchObject({ status: 400 })

    // Somebody comes in, and somebody is refused: Brivo's own events tell of it.
    const [user] = (await ask('/acs/users/list', { acs_system_id }))['acs_users'] as Json[]
    const { users } = await driverOf('brivo')
      .connect(login, host)
      .then((connection) => connection.readState(AbortSignal.timeout(10_000)))
    const occurred = new Date(Date.now() + ahead + 1000).toISOString()
    for (const securityActionId of [2004, 5018]) {
      happened.unshift({
        uuid: `event-${securityActionId}`,
        occurred,
        securityAction: { securityActionId },
        actor: { id: Number(users[0]?.external_id) },
        eventObject: { id: 4002 },
      } as { uuid: string; occurred: string })
    }
    ahead += 60_000
    const told = await until(async () => {
      const { events } = await ask('/events/list', {
        acs_entrance_id: garage['acs_entrance_id'],
        event_types: ['lock.unlocked', 'lock.access_denied'],
        since: '2000-01-01T00:00:00Z',
      })
      const byBrivo = (events as Json[]).filter((event) => event['method'] !== 'remote')
      return byBrivo.length === 2 ? byBrivo : undefined
    })
    expect(told.map((event) => event['event_type']).sort()).toEqual(['lock.access_denied', 'lock.unlocked'])
    for (const event of told) {
      expect(event).toMatchObject({
        acs_system_id,
        acs_user_id: user?.['acs_user_id'],
        occurred_at: happened[0]?.occurred,
      })
    }
    await ask('/access_grants/delete', { access_grant_id: access_grant.access_grant_id })
    await until(async () => ((await enter()) === 'revoked' ? true : undefined))

    const rows = await server.sql<{ all: string }>(
      `SELECT string_agg(t::text, ' ') AS all FROM (SELECT a::text AS t FROM connected_account a UNION ALL SELECT s::text FROM acs_system s UNION ALL SELECT e::text FROM event e) rows`,
    )
    for (const secret of [LOGIN.password, LOGIN.api_key, LOGIN.client_secret])
      expect(JSON.stringify([rows, server.errors])).not.toContain(secret)
  })
})
