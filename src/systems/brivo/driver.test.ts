// The driver against a Brivo account that listens: real sockets, the maker's words, and everything that can go wrong.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DesiredChange, DesiredCredential, Login, ServedSystem, SystemConnection } from '../kit/driver.ts'
import { SystemError } from '../kit/errors.ts'
import { listenOnLoopback, type WireAnswer, type WireRequest } from '../kit/loopback.ts'
import { memoryHost, MemoryRecords, type MemoryHost } from '../kit/memory-records.ts'
import { credentialWish, userWish } from '../kit/testing.ts'
import type { VirtualBuilding } from '../kit/virtual.ts'
import { driver } from './driver.ts'
import { groupNameOf } from './mapping.ts'
import { serveAccount, type EmulatorOptions } from './virtual/emulator.ts'

const SECRETS = {
  api_key: 'key-of-the-developer',
  email: 'admin@example.com',
  password: 'a password',
  client_id: 'ABC-1',
  client_secret: 'secret-of-the-application',
}
const HOUR_MS = 3_600_000

class TestAccount implements AsyncDisposable {
  readonly records = new MemoryRecords()
  readonly host: MemoryHost = memoryHost(this.records)
  readonly signal = new AbortController().signal
  readonly building: VirtualBuilding = driver.virtualBuilding(this.records, this.host)
  /** Method and path of every request, without the query; tokens by their grant. */
  readonly log: string[] = []
  readonly said: unknown[] = []
  intercept: (request: WireRequest, asked: string) => WireAnswer | 'after' | undefined = () => undefined
  connection!: SystemConnection
  login!: Login
  #served!: ServedSystem
  #asked = 0

  static async open(options: EmulatorOptions = {}): Promise<TestAccount> {
    const account = new TestAccount()
    await account.building.seed()
    account.#served = await serveAccount(account.records, account.host, {
      login: SECRETS,
      ...options,
      intercept: (request) => {
        const grant = /grant_type=(\w+)/.exec(request.body)?.[1]
        const asked = `${request.method} ${request.path.replace('/v1/api', '')}${grant === undefined ? '' : ` ${grant}`}`
        account.log.push(asked)
        return account.intercept(request, asked)
      },
    })
    account.login = { ...SECRETS, ...account.#served.login }
    account.connection = await account.connect(account.login)
    return account
  }

  /** As in production: a login, and no building. */
  connect(login: Login): Promise<SystemConnection> {
    const { virtual: _virtual, ...host } = this.host
    const note = (fields: object, message: string): void => void this.said.push(fields, message)
    return driver.connect(login, { ...host, now: () => this.host.time, log: { info: note, warn: note } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]()
    await this.#served[Symbol.asyncDispose]()
  }

  async stop(): Promise<void> {
    await this.#served[Symbol.asyncDispose]()
  }

  at(hours: number): string {
    return new Date(this.host.time + hours * HOUR_MS).toISOString()
  }

  async apply(change: DesiredChange | { kind: 'put_credential'; credential: DesiredCredential }): Promise<string> {
    const answer = await this.connection.apply({ id: `asked-${++this.#asked}`, ...change }, this.signal)
    return answer.external_id ?? ''
  }

  putUser(wish: Parameters<typeof userWish>[0] = {}): Promise<string> {
    return this.apply({ id: '', kind: 'put_user', user: userWish({ group_ids: ['501'], ...wish }) })
  }

  putGroup(reference: string, entrance_ids: string[], more: object = {}): Promise<string> {
    const group = {
      reference,
      external_id: null,
      name: reference,
      entrance_ids,
      starts_at: null,
      ends_at: null,
      ...more,
    }
    return this.apply({ id: '', kind: 'put_group', group })
  }

  put(wish: Partial<DesiredCredential>): Promise<string> {
    return this.apply({ kind: 'put_credential', credential: credentialWish({ reference: 'credential', ...wish }) })
  }

  delete(mode: 'code' | 'card' | 'cloud_key', external_id: string, user_id?: string): Promise<string> {
    return this.apply({
      id: '',
      kind: 'delete_credential',
      external_id,
      mode,
      ...(user_id === undefined ? {} : { user_id }),
    })
  }

  assign(credential: DesiredCredential, card_number: string) {
    const request = { attempt_id: `attempt-${++this.#asked}`, card_number, credential }
    return this.connection.cardAssignment?.assign(request, this.signal) ?? Promise.reject(new Error('no cards'))
  }

  unlock(entrance_id: string, credential_id: string, is_repeated = false) {
    const request = { attempt_id: `attempt-${++this.#asked}`, entrance_id, credential_id, is_repeated }
    return this.connection.cloudKeys?.unlock(request, this.signal) ?? Promise.reject(new Error('no cloud keys'))
  }

  async enter(entrance_id: string, code: string): Promise<string> {
    return (await this.building.enterCode({ entrance_id, code })).reason
  }

  async present(entrance_id: string, card_number: string): Promise<string> {
    return (await this.building.presentCard({ entrance_id, card_number })).reason
  }

  count(asked: string | RegExp): number {
    return this.log.filter((one) => (typeof asked === 'string' ? one === asked : asked.test(one))).length
  }

  /** A user's fields as Brivo tells them, asked with a token of its own. */
  async raw(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const { api_url, ...login } = this.login as Record<string, string>
    const basic = Buffer.from(`${login['client_id']}:${login['client_secret']}`).toString('base64')
    const form = new URLSearchParams({ grant_type: 'password', username: SECRETS.email, password: SECRETS.password })
    const headers = { 'api-key': SECRETS.api_key, authorization: `Basic ${basic}` }
    const token = await fetch(`${api_url}/oauth/token`, { method: 'POST', headers, body: form })
    const { access_token } = (await token.json()) as { access_token: string }
    const answer = await fetch(`${api_url}/v1/api${path}`, {
      method,
      headers: { ...headers, authorization: `bearer ${access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>)
  }
}

let account: TestAccount
beforeEach(async () => {
  account = await TestAccount.open()
})
afterEach(() => account[Symbol.asyncDispose]())

const fault = async (work: Promise<unknown>): Promise<SystemError> => {
  const error = await work.then(
    () => new Error('it was taken'),
    (refused: unknown) => refused,
  )
  if (!(error instanceof SystemError)) throw error
  return error
}

describe('tokens', () => {
  test('one is asked for by password, with the application’s signature, and used for everything', async () => {
    let asked: WireRequest | undefined
    account.intercept = (request) => {
      if (request.path === '/oauth/token') asked = request
      else {
        expect(request.headers['api-key']).toBe(SECRETS.api_key)
        expect(request.headers.authorization).toMatch(/^bearer \S+$/)
      }
      return undefined
    }
    await Promise.all([account.connection.readState(account.signal), account.connection.identify(account.signal)])
    expect(account.count(/^POST \/oauth\/token/)).toBe(1)
    expect(asked?.headers).toMatchObject({
      'api-key': SECRETS.api_key,
      authorization: `Basic ${Buffer.from('ABC-1:secret-of-the-application').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(asked?.body).toBe('grant_type=password&username=admin%40example.com&password=a+password')
  })

  test('one that is about to end is renewed before it does, in the middle of the work', async () => {
    await using short = await TestAccount.open({ tokenSeconds: 60 })
    let asked = 0
    short.intercept = () => {
      // Every request takes ten seconds of its life.
      short.host.time += 10_000
      asked++
      return undefined
    }
    for (let i = 0; i < 12; i++) await short.putUser({ reference: `user-${i}` })
    expect(asked).toBeGreaterThan(36)
    expect(short.count('POST /oauth/token password')).toBe(1)
    expect(short.count('POST /oauth/token refresh_token')).toBeGreaterThan(5)
    expect((await short.connection.readState(short.signal)).users).toHaveLength(12)
  })

  test('when the renewal is refused as well, the login is there', async () => {
    await account.putUser()
    account.host.time += 24 * HOUR_MS
    account.intercept = (_request, asked) =>
      asked === 'POST /oauth/token refresh_token'
        ? { status: 400, body: '{"error":"invalid_grant","error_description":"Invalid refresh token"}' }
        : undefined
    await account.putUser({ full_name: 'Jane Roe' })
    expect(account.log.filter((one) => one.includes('/oauth/token'))).toEqual([
      'POST /oauth/token password',
      'POST /oauth/token refresh_token',
      'POST /oauth/token password',
    ])
  })

  test('one that Brivo does not take any more is renewed once, and the request is made once more', async () => {
    await account.putUser()
    let refused = 0
    account.intercept = (request) =>
      request.path.endsWith('/external') && refused++ === 0
        ? { status: 401, body: '{"error":"invalid_token"}' }
        : undefined
    await account.putUser({ full_name: 'Jane Roe' })
    expect([refused, account.count(/^POST \/oauth\/token/)]).toEqual([2, 2])
    account.intercept = (request) =>
      request.path === '/oauth/token' ? undefined : { status: 401, body: '{"error":"invalid_token"}' }
    expect(await fault(account.putUser())).toMatchObject({ kind: 'unauthorized', isRetryable: false })
  })

  test.each([
    ['api_key', /Check: API key/],
    ['email', /e-mail address and password/],
    ['password', /e-mail address and password/],
    ['client_id', /client ID and secret/],
    ['client_secret', /client ID and secret/],
  ])('a wrong %s is refused, saying what to check and showing nothing of it', async (field, message) => {
    await using wrong = await account.connect({ ...account.login, [field]: 'hunter2' })
    const refused = await fault(wrong.identify(account.signal))
    expect(refused).toMatchObject({ kind: 'unauthorized', message: expect.stringMatching(message) })
    expect(refused.message).not.toContain('hunter2')
    expect(await fault(wrong.readState(account.signal))).toMatchObject({ kind: 'unauthorized' })
  })

  test('without an application there is nothing to ask with', async () => {
    const { client_id: _id, ...login } = account.login
    expect(await fault(account.connect(login))).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('Generate API Token'),
    })
  })
})

describe('the account', () => {
  test('is known by its id, its name and the time zone of its sites', async () => {
    expect(await account.connection.identify(account.signal)).toEqual({
      external_id: 'account-50122',
      name: 'Brivo',
      time_zone: 'Etc/UTC',
      metadata: {},
    })
  })

  test('a dealer’s login is known by its administrator; sites in two zones have none in common', async () => {
    const pages: Record<string, unknown> = {
      '/accounts': [
        { id: 1, name: 'North' },
        { id: 2, name: 'South' },
      ],
      '/sites': [
        { id: 301, siteName: 'Main' },
        { id: 302, siteName: 'Annex' },
      ],
    }
    account.intercept = (request) => {
      const path = request.path.replace('/v1/api', '')
      if (path === '/sites/302') return json({ id: 302, siteName: 'Annex', timeZone: 'US/Eastern' })
      const data = pages[path] as unknown[] | undefined
      return data === undefined ? undefined : json({ data, offset: 0, pageSize: 100, count: data.length })
    }
    expect(await account.connection.identify(account.signal)).toMatchObject({
      external_id: 'administrator-9001',
      time_zone: null,
    })
  })

  test('everything it holds is read, page by page', async () => {
    for (let i = 0; i < 250; i++) {
      await account.raw('POST', '/users', { firstName: `Guest ${i}`, lastName: 'Q', externalId: `ad-${i}` })
    }
    const user = await account.putUser({ reference: 'ours', is_suspended: true })
    await account.put({ mode: 'code', user_id: user, code: '7418' })
    account.log.length = 0
    const state = await account.connection.readState(account.signal)
    expect(state.users).toHaveLength(251)
    expect(new Set(state.users.map((one) => one.external_id)).size).toBe(251)
    expect(account.count('GET /users')).toBe(3)
    expect(state.users.at(-1)).toEqual({
      external_id: user,
      reference: 'ours',
      full_name: 'Jane Doe',
      is_suspended: true,
      group_ids: ['501'],
    })
    expect(state.users[0]).toMatchObject({ reference: null, full_name: 'Guest 0 Q', group_ids: [] })
    expect(state.credentials.filter((one) => one.user_id !== null)).toEqual([
      { external_id: `pin-${user}`, reference: null, mode: 'code', user_id: user, card_number: null, code: '7418' },
    ])
    expect(state.credentials.filter((one) => one.user_id === null)).toHaveLength(10)
    expect(state.encoders).toEqual([])
    expect(state.groups).toMatchObject([
      { external_id: '501', name: 'Tenants', entrance_ids: ['4001', '4002', '4003'] },
      { external_id: '502', name: 'Staff', entrance_ids: ['4001', '4002'] },
    ])
    expect(state.entrances[0]).toMatchObject({
      external_id: '4001',
      can_unlock_with: { code: true, card: true, mobile_key: false, cloud_key: true },
      metadata: { brivo_metadata: { access_point_id: '4001', site_id: 301, site_name: 'Main Site' } },
    })
  }, 60_000)

  test('people without a reference are listed with the maker’s own groups they are in', async () => {
    const { id } = await account.raw('POST', '/users', { firstName: 'Old', lastName: 'Hand' })
    await account.raw('PUT', `/groups/502/users/${String(id)}`)
    const { users } = await account.connection.readState(account.signal)
    expect(users).toMatchObject([{ external_id: String(id), reference: null, group_ids: ['502'] }])
  })

  test('a list that changes while it is read is read again, and not for ever', async () => {
    for (let i = 0; i < 150; i++) await account.raw('POST', '/users', { firstName: `Guest ${i}`, lastName: 'Q' })
    let removed = 0
    const removeOne = async () => {
      const [first] = (await account.connection.readState(account.signal)).users
      await account.raw('DELETE', `/users/${first?.external_id}`)
    }
    await removeOne()
    account.intercept = (request) => {
      if (request.path !== '/v1/api/users' || request.query.get('offset') === '0') return undefined
      removed++
      // Somebody left between the first page and the second.
      return json({ data: [], offset: 100, pageSize: 100, count: removed === 1 ? 148 : 149 })
    }
    const { users } = await account.connection.readState(account.signal)
    expect([users.length, removed]).toEqual([100, 2])
    account.intercept = (request) =>
      request.path === '/v1/api/users'
        ? json({ data: [{ id: ++removed }], offset: 0, pageSize: 1, count: 500 + removed })
        : undefined
    expect(await fault(account.connection.readState(account.signal))).toMatchObject({ kind: 'busy' })
  }, 60_000)
})

describe('groups and people', () => {
  test('a group of ours has a name that fits and doors at all hours; others keep theirs', async () => {
    const reference = 'a3f0c1d2-1b2c-4d3e-8f90-0123456789ab'
    const name = 'Front Door, Garage (2030-06-01 15:00 to open end UTC)'
    const id = await account.putGroup(reference, ['4001', '4002'], { name })
    expect(await account.raw('GET', `/groups/${id}`)).toMatchObject({ name: groupNameOf(name, reference) })
    expect(await account.raw('GET', `/groups/${id}/access/access-points`)).toMatchObject({
      data: [
        { accessPoint: { id: 4001 }, schedule: { name: 'Always Access' } },
        { accessPoint: { id: 4002 }, schedule: { name: 'Always Access' } },
      ],
    })
    await account.putGroup(reference, ['4002', '4003'], { name, external_id: id })
    // Renamed by hand: put back, and what else is set stays.
    await account.raw('PUT', `/groups/${id}`, { name: 'Mine', keypadUnlock: true })
    await account.putGroup(reference, ['4002'], { name, external_id: id })
    expect(await account.raw('GET', `/groups/${id}`)).toMatchObject({
      name: groupNameOf(name, reference),
      keypadUnlock: true,
    })
    const { groups } = await account.connection.readState(account.signal)
    expect(groups.find((group) => group.external_id === id)).toMatchObject({ reference, entrance_ids: ['4002'] })
    await account.putGroup('theirs', ['4001'], { name: 'Staff', external_id: '502' })
    expect(await account.raw('GET', '/groups/502')).toMatchObject({ name: 'Staff' })
  })

  test('an account without a schedule around the clock is told of', async () => {
    account.intercept = (request) =>
      request.path === '/v1/api/schedules'
        ? json({ data: [{ id: 5, name: '9 to 5', editable: true }], offset: 0, pageSize: 100, count: 1 })
        : undefined
    expect(await fault(account.putGroup('g', ['4001']))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('around the clock'),
    })
    // Asked again when it has one.
    account.intercept = () => undefined
    await account.putGroup('g', ['4001'])
  })

  test('people join and leave; shutting out comes first and letting in comes last', async () => {
    const user = await account.putUser({ group_ids: ['501'] })
    account.log.length = 0
    await account.putUser({ external_id: user, group_ids: ['502'], is_suspended: true })
    const writes = () => account.log.filter((one) => /^(POST|PUT|PATCH|DELETE) \/(users|groups)/.test(one))
    expect(writes()).toEqual([
      `PUT /users/${user}/suspended`,
      `DELETE /groups/501/users/${user}`,
      `PUT /groups/502/users/${user}`,
    ])
    account.log.length = 0
    await account.putUser({ external_id: user, group_ids: ['501'] })
    expect(writes().at(-1)).toBe(`PUT /users/${user}/suspended`)
    account.log.length = 0
    await account.putUser({ external_id: user, group_ids: ['501'] })
    expect(writes()).toEqual([])
  })

  test('more groups than Brivo takes are refused before anything is asked', async () => {
    const groups: string[] = []
    for (let i = 0; i < 17; i++) groups.push(await account.putGroup(`g-${i}`, ['4001']))
    account.log.length = 0
    expect(await fault(account.putUser({ group_ids: groups }))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('16 groups'),
    })
    expect(account.log).toEqual([])
    await account.putUser({ group_ids: groups.slice(0, 16) })
  })
})

describe('PINs', () => {
  test('have the dates of their user, and leave all else about it alone', async () => {
    const user = await account.putUser({ email_address: 'jane@example.com' })
    await account.raw('PATCH', `/users/${user}`, {
      middleName: 'Q',
      bleTwoFactorExempt: true,
      emails: [
        { address: 'jane@example.com', type: 'Work' },
        { address: 'jane@home.example', type: 'Home' },
      ],
    })
    const wish = { mode: 'code', user_id: user, code: '7418' } as const
    const id = await account.put({ ...wish, starts_at: account.at(1), ends_at: account.at(2) })
    expect(await account.raw('GET', `/users/${user}`)).toMatchObject({
      pin: '7418',
      effectiveFrom: '2025-06-16T17:00:00Z',
      effectiveTo: '2025-06-16T18:00:00Z',
    })
    expect(await account.enter('4001', '7418')).toBe('not_yet_valid')
    account.host.time += 1.5 * HOUR_MS
    expect(await account.enter('4001', '7418')).toBe('granted')
    // Without end: the date is gone, the rest stands.
    await account.put({ ...wish, external_id: id, starts_at: account.at(-1) })
    const open = await account.raw('GET', `/users/${user}`)
    expect(open).toMatchObject({ pin: '7418', middleName: 'Q', bleTwoFactorExempt: true, externalId: 'ls-jane' })
    expect(open['effectiveTo']).toBeUndefined()
    expect(open['emails']).toHaveLength(2)
    account.log.length = 0
    await account.put({ ...wish, external_id: id, starts_at: account.at(-1) })
    expect(account.count(/^(PUT|PATCH)/)).toBe(0)
    await account.delete('code', id)
    const none = await account.raw('GET', `/users/${user}`)
    expect([none['pin'], none['effectiveFrom']]).toEqual([undefined, undefined])
    expect(none).toMatchObject({ middleName: 'Q', emails: open['emails'] })
    await account.delete('code', id)
    await account.delete('code', 'pin-999999')
    expect(await fault(account.put({ ...wish, external_id: id }))).toMatchObject({ kind: 'not_found' })
  })

  test('one that Brivo does not take is a conflict, without saying the PIN', async () => {
    const [one, other] = [await account.putUser(), await account.putUser({ reference: 'other' })]
    await account.put({ mode: 'code', user_id: one, code: '73914' })
    const refused = await fault(account.put({ mode: 'code', user_id: other, code: '73914' }))
    expect(refused).toMatchObject({ kind: 'conflict', isRetryable: false })
    expect(refused.message).not.toContain('73914')
    expect(await fault(account.put({ mode: 'code', user_id: other, code: '1111' }))).toMatchObject({ kind: 'conflict' })
  })
})

describe('cards', () => {
  const card = (user_id: string, more: Partial<DesiredCredential> = {}): DesiredCredential =>
    credentialWish({ reference: 'card', mode: 'card', user_id, ...more })

  test('go to people and back by their number, with dates of their own', async () => {
    const user = await account.putUser()
    expect(await account.put(card(user))).toBe('')
    const window = { starts_at: account.at(1), ends_at: account.at(2) }
    const given = await account.assign(card(user, window), ' 48201 ')
    expect(given).toEqual({ external_id: '38048201', card_number: '48201' })
    expect(await account.connection.cardAssignment?.freeCards(account.signal)).toHaveLength(9)
    expect(await account.present('4001', '48201')).toBe('not_yet_valid')
    account.host.time += 1.5 * HOUR_MS
    expect(await account.present('4001', '48201')).toBe('granted')
    const held = { ...card(user), external_id: given.external_id, card_number: '48201' }
    await account.put({ ...held, starts_at: account.at(-1) })
    account.host.time += 100 * HOUR_MS
    expect(await account.present('4001', '48201')).toBe('granted')
    await account.put({ ...held, user_id: null })
    expect(await account.present('4001', '48201')).toBe('revoked')
    expect(await account.connection.cardAssignment?.freeCards(account.signal)).toHaveLength(10)
    await account.put({ ...held, starts_at: null })
    expect(await account.present('4001', '48201')).toBe('granted')
    await account.delete('card', given.external_id, user)
    await account.delete('card', given.external_id, user)
    await account.delete('card', 'a3f0c1d2-1b2c-4d3e-8f90-0123456789ab', user)
    expect(await account.connection.cardAssignment?.freeCards(account.signal)).toHaveLength(10)
  })

  test('a filter finds what contains the number; only the number itself will do', async () => {
    const user = await account.putUser()
    for (const number of ['4820', '8201', '99999', '48201;48202', '48201,48202', '']) {
      await expect(account.assign(card(user), number), number).rejects.toMatchObject({ code: 'credential_not_found' })
    }
    const first = await account.assign(card(user), '48201')
    await expect(account.assign(card(user, first), '48202')).rejects.toMatchObject({
      code: 'credential_cannot_be_reissued',
    })
    const other = await account.putUser({ reference: 'other' })
    await expect(account.assign(card(other), '48201')).rejects.toMatchObject({ code: 'credential_not_found' })
    expect(await fault(account.put(card(other, { external_id: first.external_id })))).toMatchObject({
      kind: 'conflict',
    })
  })

  test('one that somebody else holds by now is not taken from them', async () => {
    const [one, other] = [await account.putUser(), await account.putUser({ reference: 'other' })]
    const given = await account.assign(card(one), '48201')
    await account.delete('card', given.external_id, one)
    await account.assign(card(other), '48201')
    await account.delete('card', given.external_id, one)
    expect(await account.present('4001', '48201')).toBe('granted')
  })
})

describe('cloud keys', () => {
  test('open a door once, after it is sure that the person may', async () => {
    const user = await account.putUser({ group_ids: ['502'] })
    const key = await account.put({ mode: 'cloud_key', user_id: user })
    expect(await account.unlock('4001', key)).toEqual({ was_confirmed_by_device: false })
    expect(account.count('POST /access-points/4001/activate')).toBe(1)
    expect(await fault(account.unlock('4003', key))).toMatchObject({ code: 'no_access_to_entrance' })
    await account.putUser({ external_id: user, group_ids: ['502'], is_suspended: true })
    expect(await fault(account.unlock('4001', key))).toMatchObject({ code: 'suspended' })
    expect(await fault(account.unlock('4001', 'cloud-999999-x'))).toMatchObject({ kind: 'not_found' })
    expect(await fault(account.unlock('nowhere', key))).toMatchObject({ kind: 'not_found' })
    expect(account.count(/activate$/)).toBe(1)
  })

  test('a panel that is offline and a door that may not be opened from afar say so', async () => {
    const user = await account.putUser()
    const key = await account.put({ mode: 'cloud_key', user_id: user })
    await account.building.setDoor({ entrance_id: '4001', is_online: false })
    expect(await fault(account.unlock('4001', key))).toMatchObject({
      kind: 'rejected',
      code: 'entrance_offline',
      message: expect.stringContaining('panel'),
    })
    account.intercept = (request) =>
      request.path.endsWith('/activate')
        ? { status: 403, body: '{"code":403,"message":"You are not allowed to perform that action"}' }
        : undefined
    expect(await fault(account.unlock('4002', key))).toMatchObject({
      kind: 'rejected',
      code: 'insufficient_permissions',
      message: expect.stringContaining('You are not allowed to perform that action'),
    })
  })

  test('when the answer is lost the door is not asked a second time', async () => {
    const user = await account.putUser()
    const key = await account.put({ mode: 'cloud_key', user_id: user })
    account.intercept = (request) => (request.path.endsWith('/activate') ? 'after' : undefined)
    expect(await fault(account.unlock('4001', key))).toMatchObject({ kind: 'in_doubt' })
    account.intercept = () => undefined
    expect(await fault(account.unlock('4001', key, true))).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('was not asked again'),
    })
    expect(account.count(/activate$/)).toBe(1)
  })
})

test('what happened at doors is read page by page, and each event is told once', async () => {
  const happened: { uuid: string; occurred: string }[] = []
  await using busy = await TestAccount.open({ events: () => happened })
  const look = async (cursor: string | null) => {
    const read = await busy.connection.doorEvents?.since(cursor, busy.signal)
    if (read === undefined) throw new Error('no door events')
    return read
  }
  const begin = await look(null)
  expect(begin).toMatchObject({ events: [], hasMore: false })
  for (let i = 0; i < 350; i++) {
    happened.unshift({
      uuid: `event-${i}`,
      // Three in each second: a page ends among them.
      occurred: new Date(busy.host.time + 1000 + Math.floor(i / 3) * 1000).toISOString(),
      securityAction: { securityActionId: i % 5 === 0 ? 5018 : 2004 },
      actor: { id: 700_001 },
      eventObject: { id: 4001 },
    } as { uuid: string; occurred: string })
  }
  busy.host.time += HOUR_MS / 4
  const read = await look(begin.cursor)
  expect(read.events).toHaveLength(350)
  expect(read.events.filter((event) => !event.opened)).toHaveLength(70)
  expect(read.events[0]).toEqual({
    occurred_at: '2025-06-16T16:00:01.000Z',
    entrance_id: '4001',
    user_id: '700001',
    opened: false,
  })
  expect(busy.count('GET /events/access')).toBe(4)
  expect((await look(read.cursor)).events).toEqual([])
})

describe('answers that go wrong', () => {
  const html = (status: number, body: string): WireAnswer => ({
    status,
    headers: { 'content-type': 'text/html' },
    body,
  })

  test.each([
    ['a wrong key', html(403, '<h1>Developer Inactive</h1>'), 'unauthorized', /API key/],
    ['a wrong region', html(596, '<h1>596 Service Not Found</h1>'), 'rejected', /region/],
    ['too many requests', json({ message: 'slow down' }, 429), 'rate_limited', /too often/],
    ['a service behind it that is away', json({ code: 503, message: 'x' }, 503), 'busy', /busy/],
    ['a fault of its own', html(500, 'oops'), 'unreachable', /status 500/],
    ['a gateway', html(502, '<h1>Bad Gateway</h1>'), 'unreachable', /status 502/],
    ['another place', { status: 302, headers: { location: 'https://elsewhere.example' } }, 'rejected', /status 302/],
    ['something else in its place', html(200, '<h1>Welcome to the hotel WiFi</h1>'), 'unreachable', /something else/],
    ['half of it', { status: 200, body: '{"data": [{"id": 1' }, 'unreachable', /something else/],
    ['other fields', json({ users: [] }), 'unreachable', /something else/],
    ['ids that are none', json({ data: [{ id: 'seven' }], count: 1 }), 'unreachable', /something else/],
    ['nothing', 'drop', 'unreachable', /cannot be reached/],
  ] as [string, WireAnswer, string, RegExp][])('reading meets %s', async (_what, answer, kind, message) => {
    account.intercept = (request) => (request.path === '/v1/api/users' ? answer : undefined)
    const refused = await fault(account.connection.readState(account.signal))
    expect(refused).toMatchObject({ kind, message: expect.stringMatching(message) })
  })

  test.each([
    ['refuses', json({ code: 400, message: 'Invalid criteria provided' }, 400), 'rejected'],
    ['has a fault of its own', html(500, 'oops'), 'in_doubt'],
    ['says nothing of use', json({ done: true }), 'in_doubt'],
    ['is busy', json({ code: 503, message: 'x' }, 503), 'busy'],
    ['cuts the line', 'drop', 'in_doubt'],
  ] as [string, WireAnswer, string][])('when Brivo %s, a change ends as %s', async (_what, answer, kind) => {
    account.intercept = (_request, asked) => (asked === 'POST /users' ? answer : undefined)
    expect(await fault(account.putUser())).toMatchObject({ kind })
  })

  test('no account at all: nothing has left', async () => {
    await account.stop()
    expect(await fault(account.putUser())).toMatchObject({ kind: 'unreachable' })
  })

  test('what Brivo says is passed on without anything that could be a number of ours', async () => {
    account.intercept = (_request, asked) =>
      asked === 'POST /users'
        ? json({ code: 400, message: 'PIN 73914 and card 48 201 are in use\n\u0007' }, 400)
        : undefined
    const { message } = await fault(account.putUser())
    expect(message).toBe(
      'Brivo refused the request. Brivo says: PIN ... and card ... are in use. Check what was sent against the account at Brivo.',
    )
  })
})

describe('an answer that was lost', () => {
  /** Everything that is told of one person's stay. */
  const steps = async (one: TestAccount): Promise<void> => {
    const group = await again(() => one.putGroup('a3f0c1d2-1b2c-4d3e-8f90-0123456789ab', ['4001', '4003']))
    const user = await again(() => one.putUser({ group_ids: [group, '502'] }))
    const window = { starts_at: one.at(0), ends_at: one.at(5) }
    const pin = await again(() => one.put({ mode: 'code', user_id: user, code: '73914', ...window }))
    const card = credentialWish({ reference: 'card', mode: 'card', user_id: user, ...window })
    const given = await again(() => one.assign(card, '48201'))
    const held = { ...card, ...given }
    await again(() => one.put({ ...held, ends_at: one.at(6) }))
    await again(() => one.put({ ...held, ends_at: null }))
    await again(() => one.put({ mode: 'code', user_id: user, code: '73914', external_id: pin }))
    await again(() => one.putGroup('a3f0c1d2-1b2c-4d3e-8f90-0123456789ab', ['4002'], { external_id: group }))
    await again(() => one.putUser({ external_id: user, group_ids: [group], full_name: 'Jane Roe', is_suspended: true }))
    const gone = await again(() => one.putUser({ reference: 'gone' }))
    await again(() => one.apply({ id: '', kind: 'delete_user', external_id: gone }))
  }

  /** As the reconciler does: asked again until it is known to be done. */
  const again = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries++) {
      try {
        return await ask()
      } catch (error) {
        if (tries === 4 || !(error instanceof SystemError) || !error.isRetryable) throw error
      }
    }
  }

  const stateOf = async (one: TestAccount): Promise<unknown> => {
    const { groups, users, credentials } = await one.connection.readState(one.signal)
    // Ids differ where something was made and made again; what stands does not.
    const names = new Map(groups.map((group) => [group.external_id, group.name]))
    return {
      groups: groups.map(({ name, entrance_ids }) => ({ name, entrance_ids: [...entrance_ids].sort() })),
      users: users.map(({ external_id: _id, group_ids, ...user }) => ({
        ...user,
        group_ids: group_ids.map((id) => names.get(id)),
      })),
      credentials: credentials.map(({ mode, card_number, code, user_id }) => [
        mode,
        card_number,
        code,
        user_id !== null,
      ]),
    }
  }

  const isWrite = (request: WireRequest): boolean => request.method !== 'GET' && request.path !== '/oauth/token'

  test('whichever it is, before or after the effect: asked again, the account is the same', async () => {
    let writes = 0
    account.intercept = (request) => {
      if (isWrite(request)) writes++
      return undefined
    }
    await steps(account)
    const wanted = await stateOf(account)
    expect(writes).toBeGreaterThan(15)
    for (const cut of ['after', 'drop'] as const) {
      for (let lost = 1; lost <= writes; lost++) {
        await using other = await TestAccount.open()
        let seen = 0
        other.intercept = (request) => (isWrite(request) && ++seen === lost ? cut : undefined)
        await steps(other)
        expect(await stateOf(other), `${cut} ${lost}`).toEqual(wanted)
        expect(await other.present('4002', '48201')).toBe('suspended')
      }
    }
  }, 120_000)

  test('every answer but the last is lost: it is done all the same', async () => {
    let seen = 0
    account.intercept = (request) => (isWrite(request) && ++seen % 2 === 1 ? 'after' : undefined)
    await steps(account)
    await using other = await TestAccount.open()
    await steps(other)
    expect(await stateOf(account)).toEqual(await stateOf(other))
  })
})

test('nothing secret stands in what is thrown or logged', async () => {
  const seen: string[] = []
  const note = (error: unknown): void => {
    for (let one: unknown = error; one instanceof Error; one = one.cause) seen.push(one.message, one.stack ?? '')
  }
  const user = await account.putUser()
  const answers: WireAnswer[] = [
    'drop',
    json({ code: 400, message: 'PIN 73914 of card 48201 is wrong, a password' }, 400),
    json({ pin: 73914, password: SECRETS.password }),
    { status: 200, body: 'PIN 73914 {' },
    { status: 500, body: 'PIN 73914' },
    json({ error: 'invalid_token', error_description: SECRETS.api_key }, 401),
  ]
  for (const answer of answers) {
    for (const at of [/\/users/, /\/credentials/, /\/oauth\/token/]) {
      account.host.time += 24 * HOUR_MS
      account.intercept = (request) => (at.test(request.path) ? answer : undefined)
      await account.put({ mode: 'code', user_id: user, code: '73914' }).catch(note)
      await account.assign(credentialWish({ reference: 'c', user_id: user }), '48201').catch(note)
      await account.connection.readState(account.signal).catch(note)
    }
  }
  expect(seen.length).toBeGreaterThan(50)
  const text = JSON.stringify([seen, account.said])
  for (const secret of ['73914', '48201', SECRETS.api_key, SECRETS.password, SECRETS.client_secret])
    expect(text).not.toContain(secret)
})

test('an address that is no account of Brivo’s at all', async () => {
  await using stranger = await listenOnLoopback(async () => ({ status: 404, body: '<h1>Not found</h1>' }))
  const login = { ...account.login, api_url: stranger.origin, auth_url: stranger.origin }
  await using connection = await account.connect(login)
  const refused = await fault(connection.identify(account.signal))
  expect(refused).toMatchObject({ kind: 'rejected', message: expect.stringContaining('region') })
})

function json(body: unknown, status = 200): WireAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}
