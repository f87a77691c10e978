// The driver against a server that has nothing but the public Web API, with a tap on the wire between them.
import http from 'node:http'
import https from 'node:https'
import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DesiredCredential, Login, SystemConnection } from '../kit/driver.ts'
import type { SystemError } from '../kit/errors.ts'
import { sandboxLogin } from '../kit/login.ts'
import type { Loopback } from '../kit/loopback.ts'
import { memoryHost, MemoryRecords, type MemoryHost } from '../kit/memory-records.ts'
import { credentialWish, userWish } from '../kit/testing.ts'
import type { VirtualBuilding } from '../kit/virtual.ts'
import { VisionlineClient } from './client.ts'
import { definition } from './definition.ts'
import { driver } from './driver.ts'
import { ServerRefusal } from './errors.ts'
import { CONTENT_TYPE, contentMd5, DATE_HEADERS, signatureOf } from './signature.ts'
import { startEmulator } from './virtual/emulator.ts'
import { CARDS, DOORS, EXTENSION, SESSIONS, type Extension } from './wire.ts'

const signal = new AbortController().signal
const LOGIN = { ...sandboxLogin(definition), time_zone: 'Europe/Stockholm' }
const ACCESS_KEY = /[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}/

/** One request as it went over the wire. */
interface Tapped {
  method: string
  url: string
  headers: http.IncomingHttpHeaders
  body: string
  /** How many connections had been made by then. */
  connections: number
}

type Trick = 'drop_before' | 'drop_after' | 'half' | 'garbage' | { status: number; body?: string }

/** Stands between driver and server: notes what goes by, and plays tricks on the next request that fits. */
class Tap implements AsyncDisposable {
  readonly seen: Tapped[] = []
  readonly origin: string
  readonly #server: http.Server
  #trick: { isMeant: (request: Tapped) => boolean; trick: Trick } | null = null

  private constructor(server: http.Server, origin: string) {
    this.#server = server
    this.origin = origin
  }

  static async to(target: string, tls?: { key: string; cert: string }): Promise<Tap> {
    let connections = 0
    const serve = (request: http.IncomingMessage, response: http.ServerResponse): void => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        const { method = '', url = '', headers } = request
        const tapped: Tapped = { method, url, headers, body, connections }
        tap.seen.push(tapped)
        tap.#pass(target, tapped, response).catch(() => response.destroy())
      })
    }
    const server = tls === undefined ? http.createServer(serve) : https.createServer(tls, serve)
    server.on(tls === undefined ? 'connection' : 'secureConnection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const tap = new Tap(server, `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`)
    return tap
  }

  /** The next request that fits is not answered as it should be. */
  play(trick: Trick, isMeant: (request: Tapped) => boolean = (request) => request.method === 'POST'): void {
    this.#trick = { trick, isMeant }
  }

  async #pass(target: string, request: Tapped, response: http.ServerResponse): Promise<void> {
    const trick = this.#trick?.isMeant(request) === true ? this.#trick.trick : null
    if (trick !== null) this.#trick = null
    if (trick === 'drop_before') return void response.destroy()
    if (typeof trick === 'object' && trick !== null) {
      response.writeHead(trick.status, { 'content-type': 'text/plain' })
      return void response.end(trick.body ?? 'secret words of the server')
    }
    const { method, url, headers, body } = request
    const answer = await forward(target + url, { method, headers }, body)
    if (trick === 'drop_after') return void response.destroy()
    const { status, text } = answer
    if (trick === 'garbage') {
      response.writeHead(status)
      return void response.end('<html>proxy</html>')
    }
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    if (trick !== 'half') return void response.end(text)
    response.write(text.slice(0, text.length / 2), () => response.destroy())
  }

  orders(): Tapped[] {
    return this.seen.filter((one) => one.method === 'POST' && one.url.startsWith(CARDS))
  }

  count(method: string, path: string): number {
    return this.seen.filter((one) => one.method === method && one.url.startsWith(path)).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function forward(url: string, options: http.RequestOptions, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = http.request(url, { ...options, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end(body)
  })
}

let records: MemoryRecords
let host: MemoryHost
let building: VirtualBuilding
let server: Loopback
let tap: Tap
let connection: SystemConnection
let closes: AsyncDisposable[]
let asked = 0

beforeEach(async () => {
  records = new MemoryRecords()
  host = memoryHost(records)
  building = driver.virtualBuilding(records, host)
  await building.seed()
  closes = []
  await serve()
})
afterEach(async () => {
  for (const one of closes.reverse()) await one[Symbol.asyncDispose]()
})

/** Starts a server with these extensions (none: as a real one), and the driver on it. */
async function serve(extensions: readonly Extension[] = [], login: Login = {}): Promise<void> {
  server = await startEmulator({ records, host, extensions, timeZone: 'Europe/Stockholm' })
  tap = await Tap.to(server.origin)
  connection = await connect(tap.origin, login)
  closes.push(server, tap, connection)
}

function connect(origin: string, login: Login = {}): Promise<SystemConnection> {
  const { virtual: _virtual, ...outside } = host
  return driver.connect({ ...LOGIN, ...login, reached_at: origin }, outside)
}

const at = (hours: number): string => new Date(host.time + hours * 3_600_000).toISOString()

function wish(more: Partial<DesiredCredential> = {}): DesiredCredential {
  const doors = { entrance_ids: ['guest-lock-1'], stay: { key: 'stay-1' } }
  return credentialWish({ reference: 'a', user_id: 'ann', ends_at: at(24), ...doors, ...more })
}

async function encode(credential = wish(), attempt_id = `attempt-${++asked}`) {
  if (connection.cardEncoding === undefined) throw new Error('no encoding')
  return connection.cardEncoding.encode({ attempt_id, encoder_id: 'Encoder 1', credential }, signal)
}

function put(credential: DesiredCredential) {
  return connection.apply({ id: `change-${++asked}`, kind: 'put_credential', credential }, signal)
}

const outcomeOf = (attemptId: string) => connection.cardEncoding?.outcomeOf(attemptId, signal)
const written = async () => (await building.listCards()).filter((card) => card.written !== null)

describe('a server that has the public Web API alone', () => {
  test('says who it is, which doors it has, and which encoders its operator named', async () => {
    expect(await connection.identify(signal)).toEqual({
      external_id: 'https://192.168.1.100',
      name: 'Visionline',
      time_zone: 'Europe/Stockholm',
      metadata: { visionline_metadata: { lan_address: '192.168.1.100' } },
    })
    const state = await connection.readState(signal)
    expect(state.encoders).toEqual(
      ['Encoder 1', 'Front Desk'].map((name) => ({ external_id: name, display_name: name })),
    )
    expect(state.entrances).toHaveLength(9)
    expect(state.entrances[0]).toEqual({
      external_id: 'guest-lock-1',
      display_name: 'Guest Lock 1',
      // Nobody said what mobile keys are made for.
      can_unlock_with: { code: false, card: true, mobile_key: false, cloud_key: false },
      can_belong_to_reservation: true,
      is_locked: null,
      metadata: { visionline_metadata: { door_category: 'guest', door_name: 'Guest Lock 1', profiles: [] } },
    })
    const mobile = await connect(tap.origin, { mobile_access_uuid: 'u', system_id: 's' })
    closes.push(mobile)
    expect((await mobile.identify(signal)).metadata).toMatchObject({
      visionline_metadata: { mobile_access_uuid: 'u', system_id: 's' },
    })
    expect((await mobile.readState(signal)).entrances.every((door) => door.can_unlock_with.mobile_key)).toBe(true)
  })

  test('a card is ordered when it is encoded: in minutes of the server, as the first of its stay', async () => {
    const credential = wish({ starts_at: '2025-06-16T16:00:30.000Z', ends_at: '2025-06-18T09:00:30.000Z' })
    expect(await put(credential)).toEqual({ external_id: null })
    expect(tap.orders()).toEqual([])
    const card = await encode(credential)
    const [order] = tap.orders()
    expect(order?.url).toBe('/api/v1/cards?action=encode&encoder=Encoder%201&override=true&overwriteValidCard=true')
    expect(order?.body).toBe(
      '{"doorOperations":[{"doors":["Guest Lock 1"],"operation":"guest"}],"expireTime":"20250618T1100","format":"rfid48","startTime":"20250616T1801"}',
    )
    // What stands on the card is what went over the wire; its number is all that the server tells of it.
    expect(card).toMatchObject({
      starts_at: '2025-06-16T16:01:00.000Z',
      ends_at: '2025-06-18T09:00:00.000Z',
      entrance_ids: ['guest-lock-1'],
      card_number: card.credential_id,
      facts: { card_id: card.credential_id, credential_id: card.credential_id },
      overwritten_credential_ids: [],
    })
    const [plastic] = await written()
    expect(plastic?.written).toMatchObject({
      starts_at: '2025-06-16T16:01:00.000Z',
      ends_at: '2025-06-18T09:00:00.000Z',
    })
  })

  test('the next cards of a stay join one that the server holds to be valid, and so does a card written again', async () => {
    const first = await encode(wish({ ends_at: at(1) }))
    const second = await encode(wish({ reference: 'b', stay: { key: 'stay-1', joins: [first.credential_id ?? ''] } }))
    const joins = [first.credential_id ?? '', second.credential_id ?? '']
    host.time += 2 * 3_600_000
    await encode(wish({ reference: 'c', stay: { key: 'stay-1', joins } }))
    await encode(wish({ external_id: first.credential_id }))
    const [, joiner, later, again] = tap.orders()
    for (const order of [joiner, later, again]) expect(order?.url).not.toContain('override')
    expect(JSON.parse(joiner?.body ?? '')).toMatchObject({ joiners: [first.credential_id] })
    // The first one's time is over by then.
    expect(JSON.parse(later?.body ?? '')).toMatchObject({ joiners: [second.credential_id] })
    expect(JSON.parse(again?.body ?? '')).toMatchObject({ joiners: [first.credential_id] })
  })

  test('where the server shall decide, it decides by all cards it knows', async () => {
    await encode()
    await encode(wish({ reference: 'b', stay: { key: 'stay-2' }, options: { auto_join: true } }))
    expect(tap.orders()[1]?.url).toContain('autoJoin=true')
    const cards = await written()
    const open = async (reference: string) => {
      const card_id = cards.find((card) => card.credential_reference === reference)?.card_id
      return (await building.presentCard({ entrance_id: 'guest-lock-1', card_id })).reason
    }
    const [first, second] = cards.map((card) => card.credential_reference ?? '')
    expect([await open(second ?? ''), await open(first ?? '')]).toEqual(['granted', 'granted'])
  })

  test('nobody hears of users; a card that is deleted is not told, and opens until its end', async () => {
    const user = userWish({ reference: 'ann' })
    expect(await connection.apply({ id: '1', kind: 'put_user', user }, signal)).toMatchObject({ external_id: 'ann' })
    expect(await connection.apply({ id: '2', kind: 'delete_user', external_id: 'ann' }, signal)).toEqual({
      external_id: null,
    })
    expect(tap.seen).toEqual([])
    const card = await encode()
    const before = tap.seen.length
    const external_id = card.credential_id ?? ''
    await connection.apply({ id: '3', kind: 'delete_credential', external_id, mode: 'card' }, signal)
    expect(tap.seen).toHaveLength(before)
    const [plastic] = await written()
    const shown = await building.presentCard({ entrance_id: 'guest-lock-1', card_id: plastic?.card_id })
    expect(shown.reason).toBe('granted')
  })

  test('what it is not known to do is refused by name, before anything is sent', async () => {
    const refusals: [Partial<DesiredCredential>, string, RegExp][] = [
      [{ ends_at: null }, 'rejected', /ends_at/],
      [{ starts_at: at(0), ends_at: new Date(host.time + 20_000).toISOString() }, 'rejected', /minutes/],
      [{ options: { card_function_type: 'staff' }, stay: null }, 'unsupported', /staff/],
      [{ options: { card_format: 'paper' } }, 'rejected', /paper/],
      [{ entrance_ids: ['nowhere'] }, 'not_found', /door/],
    ]
    for (const [more, kind, message] of refusals) {
      for (const refused of [put(wish(more)), encode(wish(more))]) {
        await expect(refused, JSON.stringify(more)).rejects.toMatchObject({
          kind,
          message: expect.stringMatching(message),
        })
      }
    }
    const group = { reference: 'g', external_id: null, name: 'g', entrance_ids: [], starts_at: null, ends_at: null }
    await expect(connection.apply({ id: 'g', kind: 'put_group', group }, signal)).rejects.toMatchObject({
      kind: 'unsupported',
    })
    await expect(connection.cardEncoding?.scan({ encoder_id: 'Encoder 1', options: {} }, signal)).rejects.toMatchObject(
      {
        code: 'uncategorized_error',
        message: expect.stringMatching(/not public/),
      },
    )
    expect(tap.orders()).toEqual([])
    expect(tap.seen.filter((one) => one.url.startsWith(EXTENSION.hello))).toEqual([])
  })

  test('a mobile key is ordered for a phone, and waits without one', async () => {
    const key = wish({ mode: 'mobile_key' })
    expect(await put(key)).toEqual({ external_id: null })
    expect(tap.orders()).toEqual([])
    const issued = await put({ ...key, reference: 'copy', phone_id: 'phone-1' })
    expect(issued).toMatchObject({ external_id: expect.any(String), metadata: { is_valid: true } })
    const [order] = tap.orders()
    expect(order?.url).toBe('/api/v1/cards?action=mobileAccess&override=true')
    expect(JSON.parse(order?.body ?? '')).toEqual({
      doorOperations: [{ doors: ['Guest Lock 1'], operation: 'guest' }],
      expireTime: '20250617T1800',
      format: 'rfid48',
      endPointID: 'phone-1',
      label: '%SITENAME% %ROOMRANGE%',
      description: 'Room key',
    })
    const shown = await building.presentPhone({ entrance_id: 'guest-lock-1', phone_id: 'phone-1' })
    expect(shown.opened).toBe(true)
    // Issued again after a change, it joins itself.
    const changed = { ...key, reference: 'copy', phone_id: 'phone-1', external_id: issued.external_id }
    expect((await put(changed)).metadata).not.toHaveProperty('is_valid')
    expect(tap.orders()[1]?.url).toBe('/api/v1/cards?action=mobileAccess')
    expect(JSON.parse(tap.orders()[1]?.body ?? '')).toMatchObject({ joiners: [issued.external_id] })
  })
})

describe('an answer that does not come', () => {
  test.each(['drop_after', 'half', 'garbage'] as const)(
    '%s: the card may be written; nobody can tell, and it is not ordered again',
    async (trick) => {
      tap.play(trick)
      // The session is the first thing that is posted.
      tap.play(trick, (request) => request.url.startsWith(CARDS) && request.method === 'POST')
      await expect(encode(wish(), 'lost')).rejects.toMatchObject({ kind: 'in_doubt' })
      expect(await written()).toHaveLength(1)
      await expect(outcomeOf('lost')).rejects.toMatchObject({
        name: 'EncoderError',
        code: 'encoder_communication_timeout',
        message: expect.stringMatching(/may have been written/),
      })
      expect(tap.orders()).toHaveLength(1)
    },
  )

  test('cut before the server saw it: as much in doubt, and not ordered again either', async () => {
    tap.play('drop_before', (request) => request.url.startsWith(CARDS) && request.method === 'POST')
    await expect(encode(wish(), 'lost')).rejects.toMatchObject({ kind: 'in_doubt' })
    expect(await written()).toEqual([])
    await expect(outcomeOf('lost')).rejects.toMatchObject({ code: 'encoder_communication_timeout' })
    expect(tap.orders()).toHaveLength(1)
  })

  test('a gateway that gave up leaves it in doubt; a refusal does not', async () => {
    const order = (request: Tapped) => request.url.startsWith(CARDS) && request.method === 'POST'
    const kinds: [number, string][] = [
      [408, 'in_doubt'],
      [502, 'in_doubt'],
      [504, 'in_doubt'],
      [400, 'rejected'],
      [403, 'unauthorized'],
      [404, 'not_found'],
      [409, 'conflict'],
      [429, 'rate_limited'],
      [500, 'rejected'],
      [503, 'busy'],
      [302, 'rejected'],
    ]
    for (const [status, kind] of kinds) {
      tap.play({ status, body: 'password 1234' }, order)
      const refused = encode()
      await expect(refused, String(status)).rejects.toMatchObject({ kind })
      const error = (await refused.catch((caught: unknown) => caught)) as SystemError
      expect(error.message, String(status)).not.toContain('1234')
      // Kept for who looks for it, and printed for nobody.
      expect(error.cause).toBeInstanceOf(ServerRefusal)
      expect((error.cause as ServerRefusal).body()).toBe('password 1234')
      expect(JSON.stringify(error.cause) + String(error.cause)).not.toContain('1234')
    }
    expect(await written()).toEqual([])
  })

  test('a mobile key whose answer was lost is not ordered again', async () => {
    tap.play('drop_after', (request) => request.url.startsWith(CARDS) && request.method === 'POST')
    await expect(put(wish({ mode: 'mobile_key', phone_id: 'p' }))).rejects.toMatchObject({
      kind: 'rejected',
      isRetryable: false,
      message: expect.stringMatching(/cannot be asked/),
    })
    expect(tap.orders()).toHaveLength(1)
  })

  test('a server that is down is found out before anything is ordered', async () => {
    await encode()
    await tap[Symbol.asyncDispose]()
    for (const refused of [encode(wish({ reference: 'b' })), connection.identify(signal), connection.readState(signal)])
      await expect(refused).rejects.toMatchObject({ kind: 'unreachable', isRetryable: true })
    expect(await written()).toHaveLength(1)
  })

  test('reading: what cannot be read is said, and what fails is tried later', async () => {
    const doors = (request: Tapped) => request.url.startsWith(DOORS)
    const read = () => connection.readState(signal)
    for (const body of ['<html>', '{"doors":[]}', '[1]', '[{"doorCategory":"guest"}]', '[{"doorID":{}}]']) {
      tap.play({ status: 200, body }, doors)
      await expect(read(), body).rejects.toMatchObject({ kind: 'rejected', message: expect.stringMatching(/URL/) })
    }
    for (const trick of ['drop_before', 'drop_after', 'half', { status: 500 }, { status: 502 }] as const) {
      tap.play(trick, doors)
      await expect(read(), JSON.stringify(trick)).rejects.toMatchObject({ kind: 'unreachable' })
    }
    // Numbers for names, and doors without an id of their own.
    const body =
      '[{"doorID":17,"doorName":"101","doorCategory":"Guest"},{"doorName":102},{"doorID":"x","doorCategory":"Common (PMS)"}]'
    tap.play({ status: 200, body }, doors)
    const { entrances } = await read()
    expect(entrances.map(({ external_id, display_name }) => [external_id, display_name])).toEqual([
      ['17', '101'],
      ['102', '102'],
      ['x', 'x'],
    ])
    expect(entrances.map((door) => door.can_belong_to_reservation)).toEqual([true, false, false])
    expect(entrances.map((door) => (door.metadata['visionline_metadata'] as Login)['door_category'])).toEqual([
      'guest',
      'common',
      'common (PMS)',
    ])
    for (const answer of ['null', '{}', '{"id":"x"}', '{"id":"","accessKey":"k"}']) {
      tap.play({ status: 200, body: answer }, (request) => request.url === SESSIONS)
      await expect(connection.identify(signal), answer).rejects.toMatchObject({ kind: 'rejected' })
    }
  })
})

describe('a server of ours', () => {
  beforeEach(() => serve(['keepsReferences', 'exactTimes', 'namesErrors', 'cancelsCards', 'staffCards']))

  test('tells what became of an order, and makes it once', async () => {
    tap.play('drop_after', (request) => request.url.startsWith(CARDS) && request.method === 'POST')
    await expect(encode(wish(), 'lost')).rejects.toMatchObject({ kind: 'in_doubt' })
    const outcome = await outcomeOf('lost')
    expect(outcome).toMatchObject({ credential_id: 'key-a', facts: { credential_id: 'key-a' } })
    expect(await encode(wish(), 'lost')).toEqual(outcome)
    expect(await written()).toHaveLength(1)
    expect(await outcomeOf('never')).toBeNull()
  })

  test('an outcome asked for while the order is being carried out waits for it', async () => {
    await connection.readState(signal)
    const change = records.change.bind(records)
    let release = (): void => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    records.change = async (act) => {
      await held
      return change(act)
    }
    const order = encode(wish(), 'slow')
    while (tap.orders().length === 0) await new Promise((resolve) => setImmediate(resolve))
    const outcome = outcomeOf('slow')
    setTimeout(release, 20)
    expect(await outcome).toEqual(await order)
  })

  test('keeps times to the millisecond, holders and stays', async () => {
    const ends_at = new Date(host.time + 1234).toISOString()
    const card = await encode(wish({ ends_at, holder_name: 'Ann Lee' }))
    expect(card).toMatchObject({ starts_at: null, ends_at })
    expect(JSON.parse(tap.orders()[0]?.body ?? '')).toMatchObject({
      lockstitch: {
        reference: 'a',
        stay: 'stay-1',
        holder: 'ann',
        holderName: 'Ann Lee',
        startsAt: null,
        endsAt: ends_at,
      },
    })
    await encode(wish({ reference: 'staff', stay: null, ends_at: null, options: { card_function_type: 'staff' } }))
    expect(JSON.parse(tap.orders()[1]?.body ?? '')).toMatchObject({ doorOperations: [{ operation: 'staff' }] })
  })

  test('a stay whose first card is gone goes on', async () => {
    const first = await encode()
    await connection.apply(
      { id: 'gone', kind: 'delete_credential', external_id: first.credential_id ?? '', mode: 'card' },
      signal,
    )
    const second = await encode(wish({ reference: 'b' }))
    expect(tap.orders()[1]?.url).toContain('override=true')
    const open = async (card_number: string) =>
      (await building.presentCard({ entrance_id: 'guest-lock-1', card_number })).opened
    expect(await open(second.card_number)).toBe(true)
  })

  test('a joiner that is no valid card is refused', async () => {
    const first = await encode()
    const external_id = first.credential_id ?? ''
    await connection.apply({ id: 'gone', kind: 'delete_credential', external_id, mode: 'card' }, signal)
    await expect(encode(wish({ reference: 'b', stay: { key: 's', joins: [external_id] } }))).rejects.toMatchObject({
      kind: 'conflict',
    })
  })
})

describe('sessions and signatures', () => {
  /** A session of our own, for requests made by hand. */
  async function openSession(body = JSON.stringify({ username: 'jane', password: '1234' })) {
    const headers = { 'content-type': CONTENT_TYPE, 'content-md5': contentMd5(body) }
    const { status, text } = await forward(server.origin + SESSIONS, { method: 'POST', headers }, body)
    const { id, accessKey } =
      status === 200 ? (JSON.parse(text) as { id: string; accessKey: string }) : { id: '', accessKey: '' }
    return { status, id, accessKey }
  }

  async function ask(
    session: { id: string; accessKey: string },
    more: {
      date?: string
      path?: string
      accessKey?: string
      md5?: string
      body?: string
      header?: 'Date' | 'X-Aah-Date'
    } = {},
  ): Promise<number> {
    const {
      date = new Date(host.time).toUTCString(),
      path = `${DOORS}?details=true`,
      header = 'Date',
      body = '',
    } = more
    const md5 = more.md5 ?? (body === '' ? '' : contentMd5(body))
    const method = body === '' ? 'GET' : 'POST'
    const signed = {
      method,
      contentMd5: md5,
      contentType: body === '' ? '' : CONTENT_TYPE,
      date,
      dateHeader: header,
      path,
    }
    const headers = {
      [header]: date,
      authorization: `AWS ${session.id}:${signatureOf(more.accessKey ?? session.accessKey, signed)}`,
      ...(body === '' ? {} : { 'content-md5': md5, 'content-type': CONTENT_TYPE }),
    }
    return (await forward(server.origin + path, { method, headers }, body)).status
  }

  test('a request is taken when it is signed by its session, now, as it is', async () => {
    const session = await openSession()
    expect(await ask(session)).toBe(200)
    expect(await ask(session, { header: 'X-Aah-Date' })).toBe(200)
    expect(await ask(session, { accessKey: 'another' })).toBe(401)
    expect(await ask({ ...session, id: 'unknown' })).toBe(401)
    expect(await ask(session, { date: new Date(host.time - 16 * 60_000).toUTCString() })).toBe(401)
    expect(await ask(session, { date: new Date(host.time + 16 * 60_000).toUTCString() })).toBe(401)
    expect(await ask(session, { date: 'yesterday' })).toBe(401)
    const order = { path: `${CARDS}?action=encode&encoder=Encoder%201`, body: '{"doorOperations":[]}' }
    expect(await ask(session, { ...order, md5: contentMd5('another body') })).toBe(401)
    expect(await ask(session, order)).toBe(200)
    const unsigned = await forward(server.origin + DOORS, { method: 'GET' }, '')
    expect(unsigned.status).toBe(401)
  })

  test('a request that was seen on the wire cannot be sent again later', async () => {
    await encode()
    const order = tap.orders()[0]
    const replay = async () =>
      (
        await forward(
          server.origin + (order?.url ?? ''),
          { method: 'POST', headers: order?.headers },
          order?.body ?? '',
        )
      ).status
    host.time += 20 * 60_000
    await connection.readState(signal)
    expect(await replay()).toBe(401)
    expect(await written()).toHaveLength(1)
  })

  test('bad requests are refused', async () => {
    const session = await openSession()
    expect((await openSession(JSON.stringify({ username: 'jane', password: 'wrong' }))).status).toBe(401)
    expect((await openSession(JSON.stringify({ username: 'jane' }))).status).toBe(401)
    expect((await openSession('[]')).status).toBe(400)
    expect((await openSession('nonsense')).status).toBe(400)
    expect(await ask(session, { path: '/api/v1/nothing' })).toBe(404)
    expect(await ask(session, { path: `${CARDS}?guestDoor=Nowhere&validTime=20250617T1800` })).toBe(404)
    expect(await ask(session, { path: `${CARDS}?guestDoor=Guest%20Lock%201&validTime=now` })).toBe(400)
    const encodeAt = (query: string, body: object) =>
      ask(session, { path: `${CARDS}?${query}`, body: JSON.stringify(body) })
    expect(await encodeAt('action=write', {})).toBe(400)
    expect(await encodeAt('action=mobileAccess', {})).toBe(400)
    expect(await encodeAt('action=encode&encoder=Nowhere', { doorOperations: [] })).toBe(422)
    const staff = { doorOperations: [{ doors: ['Guest Lock 1'], operation: 'staff' }] }
    expect(await encodeAt('action=encode&encoder=Encoder%201', staff)).toBe(400)
    for (const path of [EXTENSION.hello, EXTENSION.encoders, EXTENSION.attempt('x')])
      expect(await ask(session, { path })).toBe(404)
  })

  test.each(DATE_HEADERS)('the driver signs with the header %s', async (date_header) => {
    await serve([], { date_header })
    await encode()
    const [order] = tap.orders()
    expect(order?.headers[date_header.toLowerCase()]).toBe(new Date(host.time).toUTCString())
    expect(order?.headers).not.toHaveProperty(date_header === 'Date' ? 'x-aah-date' : 'date')
    expect(order?.headers['content-md5']).toBe(contentMd5(order?.body ?? ''))
  })

  test('one session and one connection serve many requests', async () => {
    await connection.identify(signal)
    for (let i = 0; i < 5; i++) {
      await encode(wish({ reference: `r${i}`, stay: { key: `s${i}` } }))
      await connection.readState(signal)
    }
    expect(tap.count('POST', SESSIONS)).toBe(1)
    expect(tap.seen.at(-1)?.connections).toBe(1)
    // Asked at once, they share one too.
    const fresh = await connect(tap.origin)
    closes.push(fresh)
    await Promise.all(Array.from({ length: 4 }, () => fresh.readState(signal)))
    expect(tap.count('POST', SESSIONS)).toBe(2)
  })

  test('a session that has ended is made anew, and the order goes out once', async () => {
    await encode()
    host.time += 31 * 86_400_000
    await encode(wish({ reference: 'b', stay: { key: 's2' }, ends_at: at(24) }))
    expect(tap.count('POST', SESSIONS)).toBe(2)
    expect(await written()).toHaveLength(2)
    // Forgotten between the look and the order.
    tap.play({ status: 401 }, (request) => request.method === 'POST' && request.url.startsWith(CARDS))
    await encode(wish({ reference: 'c', stay: { key: 's3' }, ends_at: at(24) }))
    expect(tap.count('POST', SESSIONS)).toBe(3)
    expect(await written()).toHaveLength(3)
  })

  test('a server that refuses every session is told to the operator, without the password', async () => {
    const wrong = await connect(tap.origin, { password: 'hunter2-secret' })
    closes.push(wrong)
    const refused = wrong.identify(signal)
    await expect(refused).rejects.toMatchObject({ kind: 'unauthorized', message: expect.stringMatching(/Password/) })
    const error = (await refused.catch((caught: unknown) => caught)) as SystemError
    expect(`${error.stack}${JSON.stringify(error)}${String(error.cause)}`).not.toContain('hunter2-secret')
    // And tried again only when it is asked again.
    expect(tap.count('POST', SESSIONS)).toBe(1)
  })

  test('nothing secret is logged', async () => {
    const lines: string[] = []
    const note = (fields: object, message: string) => lines.push(JSON.stringify(fields) + message)
    host.log = { info: note, warn: note }
    await encode()
    host.time += 86_400_000
    await connection.readState(signal)
    expect(lines.join('\n')).not.toMatch(ACCESS_KEY)
    expect(lines.join('\n')).not.toMatch(/1234|jane/)
  })
})

test('the golden request goes over the wire byte for byte', async () => {
  for (const [dateHeader, signature] of [
    ['Date', 'W7MtVpdIFdLLoBPZpIYGloGREnk='],
    ['X-Aah-Date', 'fEUHHif+A7itNjC9SpLdui63Xhs='],
  ] as const) {
    const origin = tap.origin
    const now = () => Date.parse('2026-06-01T15:00:00Z')
    await using client = new VisionlineClient({ origin, username: 'jane', password: '1234', dateHeader, now })
    tap.play({ status: 200, body: '{"id":"SID","accessKey":"ACCESSKEY"}' }, (request) => request.url === SESSIONS)
    await client.session(signal)
    const body = {
      format: 'rfid48',
      expireTime: '20260603T1100',
      doorOperations: [{ operation: 'guest', doors: ['101'] }],
    }
    tap.play({ status: 200, body: '{"id":"1"}' })
    const query = { encoder: '1', action: 'encode', autoJoin: 'true' }
    await client.act({ method: 'POST', path: CARDS, query, body }, () => null, signal)
    const sent = tap.orders().at(-1)
    expect(sent?.url).toBe('/api/v1/cards?action=encode&autoJoin=true&encoder=1')
    expect(sent?.body).toBe(
      '{"doorOperations":[{"doors":["101"],"operation":"guest"}],"expireTime":"20260603T1100","format":"rfid48"}',
    )
    expect(sent?.headers).toMatchObject({
      authorization: `AWS SID:${signature}`,
      'content-type': 'application/json;charset=utf-8',
      'content-md5': '2s0ytbbyyiRpye/D8WJw0Q==',
      [dateHeader.toLowerCase()]: 'Mon, 01 Jun 2026 15:00:00 GMT',
    })
    const session = tap.seen.find((one) => one.url === SESSIONS)
    expect(session?.body).toBe('{"password":"1234","username":"jane"}')
    expect(session?.headers).toMatchObject({ 'content-md5': contentMd5(session?.body ?? '') })
  }
})

describe('a server that signed its certificate itself', () => {
  const pem = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
  const cert = pem('self-signed-certificate.pem')
  const fingerprint = createHash('sha256').update(new X509Certificate(cert).raw).digest('hex')

  test('is trusted when it is pinned, and nobody else is', async () => {
    await using secure = await Tap.to(server.origin, { key: pem('self-signed-key.pem'), cert })
    const identify = async (login: Login) => {
      await using open = await connect(secure.origin, login)
      return await open.identify(signal)
    }
    const colons = fingerprint.toUpperCase().replaceAll(/(..)(?!$)/g, '$1:')
    expect(await identify({ certificate_sha256: fingerprint })).toMatchObject({ name: 'Visionline' })
    expect(await identify({ certificate_sha256: colons })).toMatchObject({ name: 'Visionline' })
    const seen = secure.seen.length
    const untrusted = { kind: 'unreachable', message: expect.stringMatching(/certificate.*pin/) }
    await expect(identify({})).rejects.toMatchObject(untrusted)
    await expect(identify({ certificate_sha256: '0'.repeat(64) })).rejects.toMatchObject(untrusted)
    // Not even the login was sent.
    expect(secure.seen).toHaveLength(seen)
    await expect(identify({ certificate_sha256: 'nonsense' })).rejects.toMatchObject({
      kind: 'unauthorized',
      message: expect.stringMatching(/certificate_sha256/),
    })
  })
})

test('a login that cannot be used is refused by its field', async () => {
  for (const [field, value] of [
    ['time_zone', 'Mars/Olympus'],
    ['date_header', 'Datum'],
    ['url', ''],
    ['username', ''],
  ] as const) {
    const { virtual: _virtual, ...outside } = host
    const login = { ...LOGIN, [field]: value }
    await expect(driver.connect(login, outside), field).rejects.toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining(field),
    })
  }
})
