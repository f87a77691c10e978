import { noMetrics } from '../metrics.ts'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { NOW, openTestStore, type TestStore } from '../../test/support/store.ts'
import { ChangeSet } from '../domain/changes.ts'
import type { EventRecord, Mode } from '../domain/records.ts'
import { silentLog } from '../log.ts'
import { connectedSystem } from '../provisioning/connect.ts'
import { Workspaces } from '../store/workspaces.ts'
import { systemClock, systemIds as ids } from '../system-clock.ts'
import type { SystemConnection } from '../systems/kit/driver.ts'
import { connectTo, credentialWish, userWish } from '../systems/kit/testing.ts'
import { driverOf, drivers } from '../systems/registry.ts'
import { Sandbox } from './sandbox.ts'

const signal = new AbortController().signal

let stores: TestStore
let workspaces: Workspaces
let sandbox: Sandbox
let workspaceId: string

beforeAll(async () => {
  stores = await openTestStore()
  workspaces = new Workspaces(stores.store)
  sandbox = new Sandbox({
    store: stores.store,
    workspaces,
    clock: systemClock,
    ids,
    log: silentLog,
    metrics: noMetrics,
    drivers,
  })
})
afterAll(() => stores[Symbol.asyncDispose]())

/** What the tests opened. */
const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]()
})

beforeEach(async () => {
  workspaceId = await stores.workspace()
})

/** A connected virtual system, with short words for its parts. */
class Connected {
  readonly acs_system_id: string
  readonly connected_account_id: string
  readonly connection: SystemConnection
  readonly #doors = new Map<string, string>()
  readonly #encoders = new Map<string, string>()

  private constructor(made: { acs_system_id: string; connected_account_id: string }, connection: SystemConnection) {
    this.acs_system_id = made.acs_system_id
    this.connected_account_id = made.connected_account_id
    this.connection = connection
  }

  static async of(provider: string): Promise<Connected> {
    const buildingId = ids.uuid()
    await sandbox.seedBuilding(workspaceId, provider, buildingId)
    const host = await sandbox.hostFor(workspaceId, buildingId)
    if (host.virtual === undefined) throw new Error('a sandbox has virtual buildings')
    const { connection, closes } = await connectTo(driverOf(provider), host.virtual, host)
    opened.push(...closes)
    const identity = { ...(await connection.identify(signal)), external_id: buildingId }
    const state = await connection.readState(signal)
    const made = connectedSystem({
      definition: driverOf(provider).definition,
      identity,
      state,
      account: {},
      webview: null,
      bridgeName: null,
      now: NOW,
      ids,
    })
    await stores.store.write(workspaceId, NOW, made.changes)
    const system = new Connected(made, connection)
    for (const row of made.changes.inserts.acs_entrance ?? [])
      system.#doors.set(row.display_name ?? '', row.acs_entrance_id ?? '')
    for (const row of made.changes.inserts.acs_encoder ?? [])
      system.#encoders.set(row.display_name ?? '', row.acs_encoder_id ?? '')
    return system
  }

  door(name: string): string {
    return this.#doors.get(name) ?? `no door ${name}`
  }

  encoder(name: string): string {
    return this.#encoders.get(name) ?? `no encoder ${name}`
  }

  /** A guest with a grant for one door, as the reconciler would have left it once the system was told. */
  async guest(mode: Mode, entrance: { id: string; external_id: string }, stay: string): Promise<Guest> {
    const guest: Guest = {
      user_identity_id: ids.uuid(),
      acs_user_id: ids.uuid(),
      acs_credential_id: ids.uuid(),
      access_method_id: ids.uuid(),
      access_grant_id: ids.uuid(),
      card_number: '',
    }
    const { acs_system_id, connected_account_id } = this
    const of = { acs_system_id, connected_account_id, created_at: NOW }
    const { user_identity_id, acs_user_id, acs_credential_id, access_method_id, access_grant_id } = guest
    const user = await this.#apply({ kind: 'put_user', user: userWish({ reference: acs_user_id }) })
    const wish = credentialWish({
      reference: acs_credential_id,
      user_id: user,
      mode,
      entrance_ids: [entrance.external_id],
      stay: { key: stay },
    })
    const external_id = (await this.#apply({ kind: 'put_credential', credential: wish })) || null
    const changes = new ChangeSet()
      .insert('user_identity', { user_identity_id, created_at: NOW })
      .insert('acs_user', { ...of, acs_user_id, user_identity_id, external_id: user })
      .insert('access_grant', {
        access_grant_id,
        user_identity_id,
        display_name: stay,
        starts_at: NOW,
        requested_access_methods: [],
        access_method_ids: [access_method_id],
        door_ids: [entrance.id],
        granted_door_ids: [entrance.id],
        created_at: NOW,
      })
      .insert('access_method', {
        access_method_id,
        access_grant_ids: [access_grant_id],
        mode,
        request_index: 0,
        acs_system_id,
        acs_entrance_ids: [entrance.id],
        starts_at: NOW,
        is_issued: true,
        issued_at: NOW,
        created_at: NOW,
      })
      .insert('acs_credential', {
        ...of,
        acs_credential_id,
        acs_user_id,
        access_method_id,
        access_method: mode,
        external_id,
        acs_entrance_ids: [entrance.id],
        is_issued: true,
        stay_key: stay,
        metadata: { visionline_metadata: { is_valid: true } },
      })
    await stores.store.write(workspaceId, NOW, changes)
    if (mode === 'card') {
      const request = { attempt_id: ids.uuid(), encoder_id: 'Encoder 1', credential: { ...wish, external_id } }
      guest.card_number = (await this.connection.cardEncoding?.encode(request, signal))?.card_number ?? ''
    }
    return guest
  }

  async #apply(
    change: Parameters<SystemConnection['apply']>[0] extends infer C
      ? C extends { id: string }
        ? Omit<C, 'id'>
        : never
      : never,
  ): Promise<string> {
    const { external_id } = await this.connection.apply({ id: ids.uuid(), ...change }, signal)
    return external_id ?? ''
  }
}

interface Guest {
  user_identity_id: string
  acs_user_id: string
  acs_credential_id: string
  access_method_id: string
  access_grant_id: string
  card_number: string
}

async function events(...types: string[]): Promise<EventRecord['payload'][]> {
  const rows = await stores.store.read<EventRecord>(
    workspaceId,
    'SELECT * FROM event WHERE workspace_id = $1 AND event_type = ANY($2) ORDER BY position',
    [types],
  )
  return rows.map((row) => row.payload)
}

const ENDS = ['acs_credential.invalidated', 'access_method.revoked', 'access_grant.access_to_door_lost']

describe('visionline', () => {
  let hotel: Connected
  let room: { id: string; external_id: string }

  beforeEach(async () => {
    hotel = await Connected.of('visionline')
    room = { id: hotel.door('Guest Lock 1'), external_id: 'guest-lock-1' }
  })

  test('a door tells what it saw, with an event each time', async () => {
    const ann = await hotel.guest('card', room, 'stay-1')
    const granted = await sandbox.presentCard(workspaceId, { acs_entrance_id: room.id, card_number: ann.card_number })
    expect(granted).toMatchObject({
      acs_entrance_id: room.id,
      opened: true,
      reason: 'granted',
      acs_credential_id: ann.acs_credential_id,
      access_method_id: ann.access_method_id,
      user_identity_id: ann.user_identity_id,
    })
    const elsewhere = hotel.door('Room 101')
    const refused = await sandbox.presentCard(workspaceId, { acs_entrance_id: elsewhere, card_number: ann.card_number })
    expect(refused).toMatchObject({ opened: false, reason: 'no_access_to_entrance' })
    expect(await sandbox.looks.attemptsAt(workspaceId, room.id)).toEqual([granted])
    expect(await events('lock.unlocked')).toEqual([
      expect.objectContaining({
        method: 'card',
        acs_entrance_id: room.id,
        acs_system_id: hotel.acs_system_id,
        connected_account_id: hotel.connected_account_id,
        acs_user_id: ann.acs_user_id,
        user_identity_id: ann.user_identity_id,
      }),
    ])
    expect(await events('lock.access_denied')).toEqual([
      expect.objectContaining({
        acs_entrance_id: elsewhere,
        reason: { reason_code: 'credential_error', message: refused.message },
      }),
    ])
  })

  test('the first use of a newer stay ends the older one: credential, method and door, told once', async () => {
    const ann = await hotel.guest('card', room, 'stay-1')
    const bob = await hotel.guest('card', room, 'stay-2')
    expect(await events(...ENDS)).toEqual([])
    const present = (card_number: string) => sandbox.presentCard(workspaceId, { acs_entrance_id: room.id, card_number })
    for (let i = 0; i < 2; i++) expect(await present(bob.card_number)).toMatchObject({ opened: true })
    expect(await present(ann.card_number)).toMatchObject({ opened: false, reason: 'overridden' })
    expect(await events(...ENDS)).toEqual([
      expect.objectContaining({ event_type: 'acs_credential.invalidated', acs_credential_id: ann.acs_credential_id }),
      expect.objectContaining({
        event_type: 'access_method.revoked',
        access_method_id: ann.access_method_id,
        access_grant_ids: [ann.access_grant_id],
      }),
      expect.objectContaining({
        event_type: 'access_grant.access_to_door_lost',
        access_grant_id: ann.access_grant_id,
        acs_entrance_id: room.id,
      }),
    ])
    const { store } = stores
    const credential = await store.get(workspaceId, 'acs_credential', 'acs_credential_id', ann.acs_credential_id)
    expect(credential?.metadata).toEqual({ visionline_metadata: { is_valid: false } })
    const method = await store.get(workspaceId, 'access_method', 'access_method_id', ann.access_method_id)
    expect(method).toMatchObject({ is_issued: false, issued_at: null })
    const grant = await store.get(workspaceId, 'access_grant', 'access_grant_id', ann.access_grant_id)
    expect(grant?.granted_door_ids).toEqual([])
  })

  test('the Instant Key page opens with the keys of its identity', async () => {
    const ann = await hotel.guest('mobile_key', room, 'stay-1')
    const open = (acs_entrance_id: string) =>
      sandbox.openWithMobileKey(workspaceId, { acs_entrance_id, user_identity_id: ann.user_identity_id })
    expect(await open(room.id)).toMatchObject({ opened: true, access_method_id: ann.access_method_id })
    expect(await open(hotel.door('Guest Lock 2'))).toMatchObject({ opened: false, reason: 'no_access_to_entrance' })
    expect(await events('lock.unlocked')).toEqual([
      expect.objectContaining({ method: 'remote', is_via_bluetooth: true, user_identity_id: ann.user_identity_id }),
    ])
    const nobody = { acs_entrance_id: room.id, user_identity_id: ids.uuid() }
    expect(await sandbox.openWithMobileKey(workspaceId, nobody)).toMatchObject({
      opened: false,
      reason: 'unknown_credential',
    })
  })

  test('a card shows what is written on it, in our ids', async () => {
    const ann = await hotel.guest('card', room, 'stay-1')
    const [card] = await sandbox.looks.cards(workspaceId, hotel.acs_system_id)
    expect(card).toMatchObject({
      acs_system_id: hotel.acs_system_id,
      card_format: 'rfid48',
      card_number: ann.card_number,
      acs_credential_id: ann.acs_credential_id,
      acs_encoder_id: null,
      written: { starts_at: null, ends_at: null, acs_entrance_ids: [room.id] },
    })
    const card_id = String(card?.['card_id'])
    expect(await sandbox.getCard(workspaceId, card_id)).toEqual(card)
    const acs_encoder_id = hotel.encoder('Front Desk')
    expect(await sandbox.placeCard(workspaceId, { acs_encoder_id, card_id })).toMatchObject({ card_id, acs_encoder_id })
    expect(await sandbox.removeCard(workspaceId, acs_encoder_id)).toMatchObject({ card_id, acs_encoder_id: null })
    expect(await sandbox.removeCard(workspaceId, acs_encoder_id)).toBeNull()
  })

  test('what is not there is named, and nothing changes', async () => {
    const id = ids.uuid()
    const acs_encoder_id = hotel.encoder('Encoder 1')
    const missing = (resource: string) => ({ name: 'NoSuchThing', resource })
    await expect(sandbox.presentCard(workspaceId, { acs_entrance_id: id, card_id: id })).rejects.toMatchObject(
      missing('acs_entrance'),
    )
    await expect(sandbox.presentCard(workspaceId, { acs_entrance_id: room.id, card_id: id })).rejects.toMatchObject(
      missing('card'),
    )
    await expect(
      sandbox.presentCard(workspaceId, { acs_entrance_id: room.id, card_number: '7' }),
    ).rejects.toMatchObject(missing('card'))
    await expect(sandbox.presentPhone(workspaceId, { acs_entrance_id: room.id, device_id: id })).rejects.toMatchObject(
      missing('phone'),
    )
    await expect(sandbox.enterCode(workspaceId, { device_id: id, code: '1234' })).rejects.toMatchObject(
      missing('device'),
    )
    await expect(sandbox.looks.attemptsAt(workspaceId, 'x')).rejects.toMatchObject(missing('acs_entrance'))
    await expect(sandbox.placeCard(workspaceId, { acs_encoder_id: id, card_format: 'rfid48' })).rejects.toMatchObject(
      missing('acs_encoder'),
    )
    await expect(sandbox.placeCard(workspaceId, { acs_encoder_id, card_id: id })).rejects.toMatchObject(missing('card'))
    await expect(sandbox.getCard(workspaceId, id)).rejects.toMatchObject(missing('card'))
    await expect(sandbox.setFault(workspaceId, { acs_system_id: id, fault: 'offline' })).rejects.toMatchObject(
      missing('acs_system'),
    )
    const wrong = sandbox.placeCard(workspaceId, { acs_encoder_id, card_format: 'paper' })
    await expect(wrong).rejects.toMatchObject({
      name: 'Impossible',
      field: 'card_format',
      message: expect.stringContaining('rfid48, TLCode'),
    })
    expect(await sandbox.looks.attemptsAt(workspaceId, room.id)).toEqual([])
  })
})

test('a card of another system is not known, or cannot even be read', async () => {
  const hotel = await Connected.of('visionline')
  const site = await Connected.of('salto_ks')
  const ann = await hotel.guest('card', { id: hotel.door('Guest Lock 1'), external_id: 'guest-lock-1' }, 'stay-1')
  const office = site.door('Office')
  expect(
    await sandbox.presentCard(workspaceId, { acs_entrance_id: office, card_number: ann.card_number }),
  ).toMatchObject({
    opened: false,
    reason: 'wrong_format',
  })
  const code = await sandbox.enterCode(workspaceId, { acs_entrance_id: office, code: '000000' })
  expect(code).toMatchObject({ opened: false, reason: 'unknown_credential' })
  expect((await events('lock.access_denied')).at(-1)).toMatchObject({ reason: { reason_code: 'unknown_code' } })
})

test('a cleared fault makes waiting work due at once', async () => {
  const system = await Connected.of('salto_space')
  const { acs_system_id, connected_account_id } = system
  const acs_user_id = ids.uuid()
  const waiting = {
    acs_user_id,
    acs_system_id,
    connected_account_id,
    is_dirty: true,
    retry_at: '2030-01-01T00:00:00.000Z',
    created_at: NOW,
  }
  await stores.store.write(workspaceId, NOW, new ChangeSet().insert('acs_user', waiting))
  await sandbox.setFault(workspaceId, { acs_system_id, fault: 'offline' })
  await expect(system.connection.readState(signal)).rejects.toMatchObject({ kind: 'unreachable' })
  expect(await stores.store.get(workspaceId, 'acs_user', 'acs_user_id', acs_user_id)).toMatchObject({
    retry_at: waiting.retry_at,
  })
  await sandbox.setFault(workspaceId, { acs_system_id, fault: 'none' })
  await system.connection.readState(signal)
  expect(await stores.store.get(workspaceId, 'acs_user', 'acs_user_id', acs_user_id)).toMatchObject({ retry_at: null })
  const jobs = await stores.store.read(
    workspaceId,
    "SELECT split_part(key, '/', 1) AS acs_system_id FROM job WHERE workspace_id = $1 AND kind = 'provision'",
  )
  expect(jobs).toEqual([{ acs_system_id }])
})

test('encoding is quick', async () => {
  const hotel = await Connected.of('visionline')
  const room = { id: hotel.door('Guest Lock 1'), external_id: 'guest-lock-1' }
  const { external_id } = await hotel.connection.apply({ id: 'u', kind: 'put_user', user: userWish() }, signal)
  const encode = async (i: number): Promise<number> => {
    const wish = credentialWish({
      reference: ids.uuid(),
      user_id: external_id,
      entrance_ids: [room.external_id],
      stay: { key: String(i) },
    })
    const put = await hotel.connection.apply({ id: ids.uuid(), kind: 'put_credential', credential: wish }, signal)
    const before = performance.now()
    const credential = { ...wish, external_id: put.external_id }
    await hotel.connection.cardEncoding?.encode({ attempt_id: ids.uuid(), encoder_id: 'Encoder 1', credential }, signal)
    return performance.now() - before
  }
  // The best of three medians: the machine runs other tests meanwhile, in bursts.
  const medians: number[] = []
  for (let batch = 0; batch < 3; batch++) {
    const times: number[] = []
    for (let i = 0; i < 15; i++) times.push(await encode(batch * 15 + i))
    medians.push(times.sort((a, b) => a - b)[7] ?? Infinity)
  }
  console.log(`encode: medians ${medians.map((ms) => ms.toFixed(1)).join(', ')} ms`)
  expect(Math.min(...medians)).toBeLessThan(50)
})
