// Visionline through the driver that production uses: in the sandbox with its server on loopback, and in a production
// workspace with a server that has nothing but the public Web API.
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Provisioning } from '../../src/provisioning/provisioning.ts'
import { takeJobs } from '../../src/store/jobs.ts'
import type { Loopback } from '../../src/systems/kit/loopback.ts'
import { memoryHost, MemoryRecords, type MemoryHost } from '../../src/systems/kit/memory-records.ts'
import type { VirtualBuilding } from '../../src/systems/kit/virtual.ts'
import { SystemLeases } from '../../src/store/system-leases.ts'
import { drivers } from '../../src/systems/registry.ts'
import { driver } from '../../src/systems/visionline/driver.ts'
import { startEmulator } from '../../src/systems/visionline/virtual/emulator.ts'
import { startTestServer, type Reply, type TestServer } from '../support/server.ts'
import { behavesLikeAHotel, ENDS, FrontDesk, shifted, STARTS, type Json } from './hotel.ts'

const PROVIDER = 'visionline'

behavesLikeAHotel({
  provider: PROVIDER,
  rooms: ['Guest Lock 1', 'Guest Lock 2', 'Room 101'],
  common: 'Main Entrance',
  hasMobileKeys: true,
  isReservationRequired: true,
})

describe('in the sandbox', () => {
  let desk: FrontDesk
  let acs_system_id: string
  beforeAll(async () => {
    desk = await FrontDesk.open(PROVIDER)
    acs_system_id = await desk.system()
  })
  afterAll(() => desk[Symbol.asyncDispose]())

  let stays = 0
  const grant = (doors: readonly string[] = ['Guest Lock 1'], mode = 'card', more: object = {}): Promise<Json> =>
    desk.grant(doors, mode, { reservation_key: `stay-${++stays}`, ...more })

  const setFault = (fault: string, more: object = {}) =>
    desk.server.ok('/sandbox/systems/set_fault', { acs_system_id, fault, ...more })

  /** Encodes the grant's card at an encoder; answers with the attempt as it ended. */
  async function attempt(granted: Json, encoder = 'Encoder 1'): Promise<Json> {
    const [access_method_id = ''] = granted['access_method_ids'] as string[]
    const acs_encoder_id = await desk.server.encoder(PROVIDER, encoder)
    const { action_attempt } = await desk.server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
    await desk.server.settle()
    const { action_attempt_id } = action_attempt as { action_attempt_id: string }
    return (await desk.server.ok('/action_attempts/get', { action_attempt_id }))['action_attempt'] as Json
  }

  const cards = async (): Promise<Json[]> =>
    (await desk.server.ok('/sandbox/cards/list', { acs_system_id }))['cards'] as Json[]

  test('the system, its doors and its encoders are as documented', async () => {
    const { acs_system } = await desk.server.ok('/acs/systems/get', { acs_system_id })
    expect(acs_system).toMatchObject({
      name: 'Visionline',
      external_type: 'visionline_system',
      location: { time_zone: 'Etc/UTC' },
      visionline_metadata: { lan_address: '192.168.1.100', mobile_access_uuid: '1', system_id: '1' },
    })
    const { acs_entrances } = await desk.server.ok('/acs/entrances/list', { acs_system_id })
    const door = (name: string) => acs_entrances.find((one: Json) => one.display_name === name)
    expect(acs_entrances).toHaveLength(9)
    expect(door('Guest Lock 1')).toMatchObject({
      can_unlock_with_card: true,
      can_unlock_with_mobile_key: true,
      can_belong_to_reservation: true,
      visionline_metadata: {
        door_category: 'guest',
        door_name: 'Guest Lock 1',
        profiles: [{ visionline_door_profile_id: 'BLE', visionline_door_profile_type: 'BLE' }],
      },
    })
    expect(door('Main Entrance').visionline_metadata).toMatchObject({ door_category: 'entrance' })
    expect(door('Vingcard Lock 1').visionline_metadata.profiles).toHaveLength(2)
    const { acs_encoders } = await desk.server.ok('/acs/encoders/list', { acs_system_ids: [acs_system_id] })
    expect(acs_encoders.map((one: Json) => one.display_name)).toEqual(['Encoder 1', 'Front Desk'])
  })

  test('what is known of a card, beside what stands on it', async () => {
    const card_number = await desk.encode(await grant(['Guest Lock 1', 'Main Entrance']))
    const { acs_credentials } = await desk.server.ok('/acs/credentials/list', { acs_system_id, search: card_number })
    const [card] = (await cards()).filter((one) => one.card_number === card_number)
    expect(acs_credentials[0].visionline_metadata).toMatchObject({
      card_function_type: 'guest',
      card_id: card?.card_id,
      credential_id: expect.any(String),
      is_valid: true,
      guest_acs_entrance_ids: [await desk.door('Guest Lock 1')],
      common_acs_entrance_ids: [await desk.door('Main Entrance')],
    })
    const acs_encoder_id = await desk.server.encoder(PROVIDER, 'Encoder 1')
    const { result } = (await desk.seam.acs.encoders.scanCredential({ acs_encoder_id })) as Json
    expect(result.warnings).toEqual([])
    expect(result.acs_credential_on_encoder).toMatchObject({
      card_number,
      starts_at: STARTS,
      ends_at: ENDS,
      is_issued: true,
      visionline_metadata: {
        card_id: card?.card_id,
        card_format: 'rfid48',
        card_holder: 'Ann Lee',
        cancelled: false,
        overridden: false,
        overwritten: false,
        number_of_issued_cards: 1,
        guest_acs_entrance_ids: [await desk.door('Guest Lock 1')],
        common_acs_entrance_ids: [await desk.door('Main Entrance')],
      },
    })
  })

  test('a server that is down, at its encoder or whole, is found out before a card is written', async () => {
    const granted = await grant()
    const before = (await cards()).length
    const acs_encoder_id = await desk.server.encoder(PROVIDER, 'Encoder 1')
    await setFault('offline')
    expect(await attempt(granted)).toMatchObject({ status: 'error', error: { type: 'encoder_not_online' } })
    await setFault('none')
    await setFault('offline', { acs_encoder_id })
    expect(await attempt(granted)).toMatchObject({ status: 'error', error: { type: 'encoder_not_online' } })
    expect(await cards()).toHaveLength(before)
    expect(await attempt(granted, 'Front Desk')).toMatchObject({ status: 'success' })
    await setFault('none')
  })

  test.each([
    ['busy', { status: 'error', error: { message: expect.stringMatching(/busy/) as string } }],
    ['refuse', { status: 'error', error: { message: expect.stringMatching(/refused/) as string } }],
  ])('%s: the attempt says so, and the next one writes the card', async (fault, ended) => {
    const granted = await grant()
    await setFault(fault, { times: 1 })
    expect(await attempt(granted)).toMatchObject(ended)
    expect(await attempt(granted)).toMatchObject({ status: 'success' })
  })

  test('slow: it takes its time', async () => {
    await setFault('slow', { times: 1, delay_ms: 300 })
    expect(await attempt(await grant())).toMatchObject({ status: 'success' })
  })

  test('an answer that was lost is asked for: one card is written', async () => {
    const granted = await grant()
    const before = (await cards()).length
    await setFault('answer_lost', { times: 1 })
    expect(await attempt(granted)).toMatchObject({ status: 'success', result: { is_issued: true } })
    expect(await cards()).toHaveLength(before + 1)
    // A mobile key likewise: the same key, once.
    await setFault('answer_lost', { times: 1 })
    const key = await grant(['Guest Lock 2'], 'mobile_key')
    await desk.server.advance(shifted(await now(), 1000))
    const [access_method_id = ''] = key['access_method_ids'] as string[]
    expect(await desk.seam.accessMethods.get({ access_method_id })).toMatchObject({ is_issued: true })
  })

  const now = async (): Promise<string> => (await desk.server.ok('/sandbox/clock/get'))['clock'].now as string

  test('doors given to a person beside the credential go on the card, and on the phone at once', async () => {
    const granted = await grant(['Guest Lock 2'])
    const key = await grant(['Room 102'], 'mobile_key', {
      user_identity_id: granted['user_identity_id'],
      user_identity: undefined,
    })
    const card = await desk.encode(granted)
    const phone = await desk.phoneOf(key)
    await desk.server.advance(STARTS)
    const { user_identity_id } = granted as { user_identity_id: string }
    const acs_entrance_id = await desk.door('Vingcard Lock 1')
    await desk.server.ok('/acs/entrances/grant_access', { acs_entrance_id, user_identity_id })
    await desk.server.settle()
    expect(await desk.presentPhone('Vingcard Lock 1', phone)).toBe('granted')
    // Plastic learns of it when it is encoded again, and says so.
    expect(await desk.present('Vingcard Lock 1', card)).toBe('no_access_to_entrance')
    const [access_method_id = ''] = granted['access_method_ids'] as string[]
    expect(await desk.seam.accessMethods.get({ access_method_id })).toMatchObject({ is_encoding_required: true })
    expect(await desk.encode(granted)).toBe(card)
    expect(await desk.present('Vingcard Lock 1', card)).toBe('granted')
  })

  test('a suspended person is told to keep what was issued', async () => {
    const granted = await grant(['Room 104'])
    const card = await desk.encode(granted)
    const { user_identity_id } = granted as { user_identity_id: string }
    await desk.server.ok('/acs/users/suspend', { user_identity_id, acs_system_id })
    await desk.server.settle()
    const { acs_user } = await desk.server.ok('/acs/users/get', { user_identity_id, acs_system_id })
    expect(acs_user).toMatchObject({
      is_suspended: true,
      warnings: [{ warning_code: 'unknown_issue_with_acs_user', message: expect.stringMatching(/until its end/) }],
    })
    expect(await desk.present('Room 104', card)).toBe('granted')
    await desk.server.ok('/acs/users/unsuspend', { user_identity_id, acs_system_id })
    await desk.server.settle()
    const after = await desk.server.ok('/acs/users/get', { user_identity_id, acs_system_id })
    expect(after['acs_user'].warnings).toEqual([])
  })

  test('an encode takes a few milliseconds', async () => {
    const times: number[] = []
    for (let i = 0; i < 20; i++) {
      const granted = await grant()
      const [access_method_id = ''] = granted['access_method_ids'] as string[]
      const acs_encoder_id = await desk.server.encoder(PROVIDER, 'Encoder 1')
      const before = performance.now()
      const { action_attempt } = await desk.server.ok('/access_methods/encode', { access_method_id, acs_encoder_id })
      await desk.server.settle()
      times.push(performance.now() - before)
      expect(action_attempt).toMatchObject({ status: 'pending' })
    }
    times.sort((a, b) => a - b)
    console.log(`encode, from call to settled: median ${times[10]?.toFixed(1)} ms, slowest ${times[19]?.toFixed(1)} ms`)
  })
})

/** Counts what is ordered from a server, and loses an answer on purpose. */
class Orders implements AsyncDisposable {
  readonly urls: string[] = []
  readonly bodies: Json[] = []
  losesNext = false
  origin = ''
  readonly #server: http.Server

  constructor(target: string) {
    this.#server = http.createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method, url = '', headers } = request
        const body = Buffer.concat(chunks)
        const isOrder = method === 'POST' && url.startsWith('/api/v1/cards')
        if (isOrder) {
          this.urls.push(url)
          this.bodies.push(JSON.parse(body.toString()) as Json)
        }
        const isLost = isOrder && this.losesNext
        if (isLost) this.losesNext = false
        http
          .request(target + url, { method, headers, agent: false }, (answer) => {
            if (isLost) {
              answer.resume()
              answer.on('end', () => request.socket.destroy())
              return
            }
            response.writeHead(answer.statusCode ?? 500, answer.headers)
            answer.pipe(response)
          })
          .on('error', () => response.destroy())
          .end(body)
      })
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

describe('in a production workspace, on a server that has the public Web API alone', () => {
  let server: TestServer
  let host: MemoryHost
  let building: VirtualBuilding
  let emulator: Loopback
  let orders: Orders
  let workspaceId: string
  let acs_system_id: string
  let doors: Map<string, string>
  let encoders: string[]

  const LOGIN = {
    site_name: 'Grand Hotel',
    username: 'jane',
    password: '1234',
    encoders: 'Encoder 1, Front Desk',
    time_zone: 'Europe/Stockholm',
  }

  const post = (path: string, body: object = {}): Promise<Reply> =>
    server.post(path, body, server.personalAccessToken, { 'seam-workspace': workspaceId })
  async function ok(path: string, body: object = {}): Promise<Json> {
    const reply = await post(path, body)
    expect(reply.body, path).toMatchObject({ ok: true })
    return reply.body
  }

  beforeAll(async () => {
    const records = new MemoryRecords()
    host = memoryHost(records)
    // A production workspace has the time that it is.
    host.time = Date.now()
    Object.defineProperty(host, 'time', { get: () => Date.now() })
    building = driver.virtualBuilding(records, host)
    await building.seed()
    emulator = await startEmulator({ records, host, extensions: [], timeZone: 'Europe/Stockholm' })
    orders = await new Orders(emulator.origin).listen()
    server = await startTestServer()
    const { body } = await server.post(
      '/workspaces/create',
      { name: 'Hotel', is_sandbox: false },
      server.personalAccessToken,
    )
    workspaceId = body['workspace'].workspace_id as string
    const made = await ok('/connected_accounts/connect', {
      provider: PROVIDER,
      login: { ...LOGIN, url: orders.origin },
    })
    expect(made['acs_system']).toMatchObject({
      name: 'Grand Hotel',
      location: { time_zone: 'Europe/Stockholm' },
      visionline_metadata: { lan_address: '127.0.0.1' },
      errors: [],
    })
    acs_system_id = made['acs_system'].acs_system_id as string
    const { acs_entrances } = await ok('/acs/entrances/list', { acs_system_id })
    doors = new Map(acs_entrances.map((door: Json) => [door.display_name, door.acs_entrance_id]))
    const { acs_encoders } = await ok('/acs/encoders/list', { acs_system_ids: [acs_system_id] })
    encoders = acs_encoders.map((encoder: Json) => encoder.acs_encoder_id as string)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    for (const one of [orders, emulator]) await one[Symbol.asyncDispose]()
  })

  let people = 0
  async function grant(names: readonly string[], more: object = {}): Promise<Json> {
    const { access_grant } = await ok('/access_grants/create', {
      user_identity: { full_name: `Guest ${++people}` },
      acs_entrance_ids: names.map((name) => doors.get(name)),
      requested_access_methods: [{ mode: 'card' }],
      starts_at: new Date(Date.now() - 60_000).toISOString(),
      ends_at: new Date(Date.now() + 86_400_000).toISOString(),
      ...more,
    })
    await server.server.services.settle(workspaceId)
    return (await ok('/access_grants/get', { access_grant_id: access_grant.access_grant_id }))['access_grant'] as Json
  }

  async function encode(granted: Json, encoder = 0): Promise<Json> {
    const [access_method_id] = granted['access_method_ids'] as string[]
    const asked = await ok('/access_methods/encode', { access_method_id, acs_encoder_id: encoders[encoder] })
    await server.server.services.settle(workspaceId)
    const { action_attempt_id } = asked['action_attempt'] as { action_attempt_id: string }
    return (await ok('/action_attempts/get', { action_attempt_id }))['action_attempt'] as Json
  }

  const written = async () => (await building.listCards()).filter((card) => card.written !== null)
  const shown = async (entrance_id: string, card_id: string) =>
    (await building.presentCard({ entrance_id, card_id })).reason

  test('a wrong login is refused, and an address where nobody answers', async () => {
    const connect = async (more: object) => {
      const reply = await post('/connected_accounts/connect', {
        provider: PROVIDER,
        login: { ...LOGIN, url: orders.origin, site_name: 'Other', ...more },
      })
      expect(reply.status).toBe(400)
      expect(JSON.stringify(reply.body)).not.toContain('hunter2')
      return reply.body['error'].type as string
    }
    expect(await connect({ password: 'hunter2' })).toBe('login_refused')
    expect(await connect({ url: 'http://127.0.0.1:9' })).toBe('system_unreachable')
    expect(await connect({ time_zone: 'Mars/Olympus' })).toBe('invalid_input')
    expect(await connect({ reached_at: orders.origin })).toBe('invalid_input')
  })

  test('a stay of two: the first card overrides, the second joins it, and both open', async () => {
    const first = await grant(['Guest Lock 1', 'Main Entrance'], { reservation_key: 'one' })
    const second = await grant(['Guest Lock 1'], { reservation_key: 'one' })
    const before = orders.urls.length
    const one = await encode(first)
    expect(one).toMatchObject({ status: 'success', result: { is_issued: true, card_number: expect.any(String) } })
    expect(await encode(second, 1)).toMatchObject({ status: 'success' })
    const [override, joiner] = orders.urls.slice(before)
    expect(override).toContain('override=true')
    expect(override).toContain('encoder=Encoder%201')
    expect(joiner).not.toContain('override')
    expect(joiner).toContain('encoder=Front%20Desk')
    const [, joined] = orders.bodies.slice(before)
    expect(joined).toMatchObject({ joiners: [one['result'].visionline_metadata.credential_id] })
    expect(JSON.stringify(orders.bodies)).not.toContain('lockstitch')
    const [host, guest] = await written()
    for (const card of [guest, host, guest]) expect(await shown('guest-lock-1', card?.card_id ?? '')).toBe('granted')
    expect(await shown('main-entrance', host?.card_id ?? '')).toBe('granted')
    expect(await shown('main-entrance', guest?.card_id ?? '')).toBe('no_access_to_entrance')
  })

  test('two cards of one stay at two encoders at once: one overrides, the other joins', async () => {
    for (let round = 0; round < 5; round++) {
      const reservation_key = `at-once-${round}`
      const granted = await Promise.all([1, 2].map(() => grant(['Room 101'], { reservation_key })))
      const before = orders.urls.length
      const attempts = await Promise.all(granted.map((one, i) => encode(one, i)))
      expect(attempts.map((one) => one['status'])).toEqual(['success', 'success'])
      const asked = orders.urls.slice(before).map((url) => url.includes('override=true'))
      expect(asked).toEqual([true, false])
    }
  })

  test('an answer that was lost: the attempt says that the card may be written, and no second order is made', async () => {
    const granted = await grant(['Room 102'], { reservation_key: 'lost' })
    const cards = (await written()).length
    const before = orders.urls.length
    orders.losesNext = true
    expect(await encode(granted)).toMatchObject({
      status: 'error',
      error: { type: 'encoder_communication_timeout', message: expect.stringMatching(/may have been written/) },
    })
    expect(await written()).toHaveLength(cards + 1)
    expect(orders.urls).toHaveLength(before + 1)
    const [access_method_id] = granted['access_method_ids'] as string[]
    expect((await ok('/access_methods/get', { access_method_id }))['access_method']).toMatchObject({ is_issued: false })
    // Encoded once more it is a card of the same stay that ends the first.
    expect(await encode(granted)).toMatchObject({ status: 'success' })
    expect(orders.urls).toHaveLength(before + 2)
  })

  test('what the Web API is not known to do leaves its reason where it was asked for', async () => {
    const endless = await grant(['Room 103'], { reservation_key: 'endless', ends_at: undefined })
    const { acs_credentials } = await ok('/acs/credentials/list', { user_identity_id: endless['user_identity_id'] })
    expect(acs_credentials[0].errors).toMatchObject([{ message: expect.stringMatching(/ends_at/) }])
    const asked = await ok('/acs/encoders/scan_credential', { acs_encoder_id: encoders[0] })
    await server.server.services.settle(workspaceId)
    const { action_attempt_id } = asked['action_attempt'] as { action_attempt_id: string }
    expect((await ok('/action_attempts/get', { action_attempt_id }))['action_attempt']).toMatchObject({
      status: 'error',
      error: { message: expect.stringMatching(/not public/) },
    })
    // Nobody said what mobile keys are made for, so no door takes them.
    const mobile = await grant(['Room 103'], {
      reservation_key: 'm',
      requested_access_methods: [{ mode: 'mobile_key' }],
    })
    expect(mobile).toMatchObject({ errors: [{ error_code: 'cannot_create_requested_access_methods' }] })
  })

  test('a deleted grant leaves its card open until a newer stay has been at the door', async () => {
    const granted = await grant(['Room 104'], { reservation_key: 'old' })
    await encode(granted)
    const card = (await written()).at(-1)
    const { access_grant_id } = granted as { access_grant_id: string }
    const before = orders.urls.length
    await ok('/access_grants/delete', { access_grant_id })
    await server.server.services.settle(workspaceId)
    expect(orders.urls).toHaveLength(before)
    expect(await shown('room-104', card?.card_id ?? '')).toBe('granted')
    await encode(await grant(['Room 104'], { reservation_key: 'new' }))
    const newer = (await written()).find((one) => one.card_id !== card?.card_id && opens(one, 'room-104'))
    expect(await shown('room-104', newer?.card_id ?? '')).toBe('granted')
    expect(await shown('room-104', card?.card_id ?? '')).toBe('overridden')
  })

  function opens(card: { written: Record<string, unknown> | null }, entrance_id: string): boolean {
    return JSON.stringify(card.written).includes(`"${entrance_id}"`)
  }

  test('two processes write cards of one stay at once: one overrides, the other joins', async () => {
    const { services } = server.server
    const { store, workspaces, sealer, clock, ids, log, metrics } = services
    const options = { store, workspaces, sealer, clock, ids, log, metrics, drivers }
    await using leases = new SystemLeases(store, log)
    await using others = new SystemLeases(store, log)
    await using one = new Provisioning({ ...options, leases })
    await using other = new Provisioning({ ...options, leases: others })
    for (let round = 0; round < 4; round++) {
      const reservation_key = `processes-${round}`
      const granted = await Promise.all([1, 2].map(() => grant(['Guest Lock 2'], { reservation_key })))
      const before = orders.urls.length
      // Asked for where no worker takes them up: the test hands them to the two processes itself.
      const attempts: string[] = []
      for (const [i, each] of granted.entries()) {
        const [access_method_id] = each['access_method_ids'] as string[]
        const { acs_credentials } = await ok('/acs/credentials/list', { user_identity_id: each['user_identity_id'] })
        const action_attempt_id = ids.uuid()
        attempts.push(action_attempt_id)
        await store.execute(
          workspaceId,
          `INSERT INTO action_attempt (workspace_id, action_attempt_id, action_type, status, input, busy_encoder_id, deadline_at, created_at)
           VALUES ($1, $2, 'ENCODE_ACCESS_METHOD', 'pending', $3, $4, now() + interval '1 minute', now())`,
          [
            action_attempt_id,
            { acs_encoder_id: encoders[i], access_method_id, acs_credential_id: acs_credentials[0].acs_credential_id },
            encoders[i],
          ],
        )
        await store.execute(
          workspaceId,
          `INSERT INTO job (workspace_id, kind, key, run_at) VALUES ($1, 'two_processes', $2, now())`,
          [action_attempt_id],
        )
      }
      const jobs = await takeJobs(store, clock.now() + 1000, 10, 60_000, ['two_processes'])
      expect(jobs).toHaveLength(2)
      const run = async (provisioning: Provisioning, i: number): Promise<void> => {
        const handler = new Map(provisioning.handlers()).get('run_action_attempt')
        const job = jobs.find((each) => each.key === attempts[i])
        if (handler === undefined || job === undefined) throw new Error('nothing to run')
        const { lease_id, key } = job
        const fence = { kind: 'two_processes', key, lease_id }
        const signal = new AbortController().signal
        for (;;) {
          const outcome = await handler({ workspaceId, key, attempts: 0, fence, signal })
          if (outcome === undefined) return
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
      await Promise.all([run(one, 0), run(other, 1)])
      for (const action_attempt_id of attempts) {
        expect((await ok('/action_attempts/get', { action_attempt_id }))['action_attempt'].status).toBe('success')
      }
      expect(orders.urls.slice(before).map((url) => url.includes('override=true'))).toEqual([true, false])
      await store.execute(workspaceId, `DELETE FROM job WHERE workspace_id = $1 AND kind = 'two_processes'`, [])
    }
  })
})
