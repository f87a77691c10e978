/**
 * The virtual Brivo account on loopback: the maker's HTTP API over the records and doors of the virtual building. The
 * driver in front of it is the one that production uses. Faults happen on the wire: an account that is offline cuts the
 * connection, a lost answer is an effect and a cut.
 */
import type { DriverHost, Login, ServedSystem } from '../../kit/driver.ts'
import { SystemError } from '../../kit/errors.ts'
import { listenOnLoopback, type WireAnswer, type WireRequest } from '../../kit/loopback.ts'
import type { VirtualRecords } from '../../kit/virtual.ts'
import { underFault } from '../../kit/virtual/faults.ts'
import { definition } from '../definition.ts'
import { Account } from './account.ts'
import { ACCOUNT, Refusal } from './words.ts'

/** Who may sign in. */
export interface EmulatedLogin {
  api_key: string
  email: string
  password: string
  client_id: string
  client_secret: string
}

export interface EmulatorOptions {
  login?: Partial<EmulatedLogin>
  /** How long a token lives. */
  tokenSeconds?: number
  /** Times keep their milliseconds, and the token says so; the maker's have seconds. */
  hasExactTimes?: boolean
  /** What happened at the doors, newest first, as the account tells it. */
  events?: () => readonly { uuid: string; occurred: string }[]
  /** Sees every request, and may answer in the account's place. */
  intercept?: (request: WireRequest) => WireAnswer | 'after' | undefined
}

const TOKEN_SECONDS = 300
const ADMINISTRATOR = 9001
const LARGEST_PAGE = 100
const USUAL_PAGE = 20
const HOUR_MS = 3_600_000

/** The sandbox's account, with a login of its own for what the sandbox does not ask. */
export function serveVirtual(records: VirtualRecords, host: DriverHost): Promise<ServedSystem> {
  return serveAccount(records, host, { hasExactTimes: true })
}

/** An account that listens until it is disposed of. */
export async function serveAccount(
  records: VirtualRecords,
  host: DriverHost,
  options: EmulatorOptions = {},
): Promise<ServedSystem> {
  const login = { ...sandboxLogin(), ...options.login }
  const emulator = new Emulator(records, host, login, options)
  const loopback = await listenOnLoopback((request) => emulator.answer(request))
  const { client_id, client_secret } = login
  const reached: Login = { api_url: loopback.origin, auth_url: loopback.origin, client_id, client_secret }
  return { login: reached, [Symbol.asyncDispose]: () => loopback[Symbol.asyncDispose]() }
}

function sandboxLogin(): EmulatedLogin {
  const values = new Map(definition.setup.map((field) => [field.name as string, field.example as string]))
  const value = (name: keyof EmulatedLogin): string => values.get(name) ?? ''
  return {
    api_key: value('api_key'),
    email: value('email'),
    password: value('password'),
    client_id: value('client_id'),
    client_secret: value('client_secret'),
  }
}

type Body = Record<string, unknown>
type Filter = ReadonlyMap<string, string>

interface Route {
  method: string
  path: RegExp
  /** Answers with what goes into the body; undefined = 204. */
  act: (account: Account, ids: number[], request: Asked) => unknown
}

interface Asked {
  body: Body
  filter: Filter
  query: URLSearchParams
  /** The first piece of the path that is no id. */
  text: string
}

function route(method: string, path: string, act: Route['act']): Route {
  const pattern = path.replaceAll('{text}', '([^/]+)').replaceAll('{id}', '(\\d+)')
  return { method, path: new RegExp(`^/v1/api${pattern}$`), act }
}

const ROUTES: readonly Route[] = [
  route('GET', '/administrators/whoami', () => ({ id: ADMINISTRATOR, username: 'jane', timezone: 'Etc/UTC' })),
  route('GET', '/accounts', (_account, _ids, asked) => paged([ACCOUNT], asked)),
  route('GET', '/sites', (account, _ids, asked) => paged(account.doors.sites(), asked)),
  route('GET', '/sites/{id}', (account, [id = 0]) => account.doors.site(id)),
  route('GET', '/schedules', (account, _ids, asked) => paged(account.doors.schedules(asked.filter), asked)),
  route('GET', '/access-points', async (account, _ids, asked) => paged(await account.doors.accessPoints(), asked)),
  route('POST', '/access-points/{id}/activate', async (account, [id = 0]) => {
    await account.doors.activate(id)
    return {}
  }),
  route('GET', '/groups', async (account, _ids, asked) => paged(await account.groups.list(asked.filter), asked)),
  route('POST', '/groups', (account, _ids, { body }) => account.groups.add(body['name'])),
  route('GET', '/groups/{id}', (account, [id = 0]) => account.groups.get(id)),
  route('PUT', '/groups/{id}', (account, [id = 0], { body }) => account.groups.put(id, body)),
  route('DELETE', '/groups/{id}', (account, [id = 0]) => account.groups.delete(id)),
  route('GET', '/groups/{id}/access/access-points', async (account, [id = 0], asked) =>
    paged(await account.groups.permissions(id), asked),
  ),
  route('PUT', '/groups/{id}/access/access-points/{id}', (account, [id = 0, door = 0], { body }) =>
    account.groups.permit(id, door, body),
  ),
  route('DELETE', '/groups/{id}/access/access-points/{id}', (account, [id = 0, door = 0]) =>
    account.groups.forbid(id, door),
  ),
  route('GET', '/groups/{id}/users', async (account, [id = 0], asked) =>
    paged(await account.groups.members(id), asked),
  ),
  route('PUT', '/groups/{id}/users/{id}', (account, [id = 0, user = 0]) => account.groups.join(id, user)),
  route('DELETE', '/groups/{id}/users/{id}', (account, [id = 0, user = 0]) => account.groups.leave(id, user)),
  route('GET', '/users', async (account, _ids, asked) => paged(await account.users.list(), asked)),
  route('POST', '/users', (account, _ids, { body }) => account.users.add(body)),
  route('GET', '/users/{id}', (account, [id = 0]) => account.users.get(id)),
  route('GET', '/users/{text}/external', (account, _ids, { text }) => account.users.getByExternalId(text)),
  route('PATCH', '/users/{id}', (account, [id = 0], { body }) => account.users.put(id, body, false)),
  route('PUT', '/users/{id}', (account, [id = 0], { body }) => account.users.put(id, body, true)),
  route('DELETE', '/users/{id}', (account, [id = 0]) => account.users.delete(id)),
  route('GET', '/users/{id}/suspended', (account, [id = 0]) => account.users.suspended(id)),
  route('PUT', '/users/{id}/suspended', (account, [id = 0], { body }) => account.users.suspend(id, body)),
  route('GET', '/users/{id}/groups', async (account, [id = 0]) => whole(await account.users.groups(id))),
  route('GET', '/users/{id}/credentials', async (account, [id = 0]) => whole(await account.users.credentials(id))),
  route('PUT', '/users/{id}/credentials/{id}', (account, [id = 0, card = 0], { body }) =>
    account.cards.assign(id, card, body),
  ),
  route('DELETE', '/users/{id}/credentials/{id}', (account, [id = 0, card = 0]) => account.cards.unassign(id, card)),
  route('GET', '/credentials', async (account, _ids, asked) => paged(await account.cards.list(asked.filter), asked)),
  route('GET', '/credentials/{id}/user', (account, [id = 0]) => account.cards.holder(id)),
]

function whole(data: readonly unknown[]): object {
  return { count: data.length, data }
}

function paged(all: readonly unknown[], { query }: Asked): object {
  const number = (name: string, usual: number): number => {
    const value = query.get(name)
    if (value === null) return usual
    if (!/^\d+$/.test(value)) throw new Refusal(400, 'Invalid criteria provided')
    return Number(value)
  }
  const offset = number('offset', 0)
  const pageSize = number('pageSize', USUAL_PAGE)
  if (pageSize < 1 || pageSize > LARGEST_PAGE) throw new Refusal(400, 'Invalid criteria provided')
  return { data: all.slice(offset, offset + pageSize), offset, pageSize, count: all.length }
}

/** `name__eq:a,b;other__eq:c`; of the operators only `eq` is known here. */
function filterOf(query: URLSearchParams): Filter {
  const parts = (query.get('filter') ?? '').split(';').filter((part) => part !== '')
  return new Map(
    parts.map((part) => {
      const found = /^(\w+?)__eq:(.*)$/.exec(part)
      if (found === null) throw new Refusal(400, 'Invalid filter was provided')
      return [found[1] ?? '', found[2] ?? '']
    }),
  )
}

const INACTIVE: WireAnswer = html(403, '<h1>Developer Inactive</h1>')
const NO_SERVICE: WireAnswer = html(596, '<h1>596 Service Not Found</h1>')

class Emulator {
  readonly #records: VirtualRecords
  readonly #host: DriverHost
  readonly #login: EmulatedLogin
  readonly #options: EmulatorOptions
  readonly #account: Account
  /** When each token ends, by the host's clock. */
  readonly #tokens = new Map<string, number>()
  readonly #refreshTokens = new Set<string>()

  constructor(records: VirtualRecords, host: DriverHost, login: EmulatedLogin, options: EmulatorOptions) {
    this.#records = records
    this.#host = host
    this.#login = login
    this.#options = options
    this.#account = new Account(records, host, options.hasExactTimes === true)
  }

  async answer(request: WireRequest): Promise<WireAnswer> {
    const instead = this.#options.intercept?.(request)
    if (instead !== undefined && instead !== 'after') return instead
    const given = await this.#underFault(request)
    return instead === 'after' ? 'drop' : given
  }

  async #underFault(request: WireRequest): Promise<WireAnswer> {
    const isReading = request.method === 'GET' || request.path === '/oauth/token'
    try {
      return await underFault(this.#records, this.#host, { isReading, encoder_id: null }, request.signal, () =>
        this.#serve(request),
      )
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      switch (error.kind) {
        case 'unauthorized':
          return json(401, { error: 'invalid_grant', error_description: 'Bad credentials' })
        case 'busy':
          return json(503, { code: 503, message: 'Service unavailable' }, { 'retry-after': '5' })
        case 'rejected':
          return json(400, { code: 400, message: 'Invalid criteria provided' })
        default:
          return 'drop'
      }
    }
  }

  async #serve(request: WireRequest): Promise<WireAnswer> {
    if (request.path === '/oauth/token') return this.#giveToken(request)
    if (request.headers['api-key'] !== this.#login.api_key) return INACTIVE
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    const endsAt = scheme?.toLowerCase() === 'bearer' ? this.#tokens.get(token ?? '') : undefined
    if (endsAt === undefined || endsAt <= this.#host.now())
      return json(401, { error: 'invalid_token', error_description: 'Invalid access token' })
    const found = ROUTES.flatMap((one) => {
      const match = one.method === request.method ? one.path.exec(request.path) : null
      return match === null ? [] : [{ act: one.act, pieces: match.slice(1) }]
    })[0]
    if (request.method === 'GET' && request.path === '/v1/api/events/access') return this.#tellEvents(request.query)
    if (found === undefined) return NO_SERVICE
    try {
      const body = bodyOf(request)
      const asked = {
        body,
        filter: filterOf(request.query),
        query: request.query,
        text: decodeURIComponent(found.pieces[0] ?? ''),
      }
      const given = await found.act(this.#account, found.pieces.map(Number), asked)
      return given === undefined ? { status: 204 } : json(200, given)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return json(error.status, { code: error.status, message: error.message })
    }
  }

  /** Whole hours, 24 of them at most; pages go on from a time. */
  #tellEvents(query: URLSearchParams): WireAnswer {
    const { after, before } =
      /^occurred__gt:(?<after>[^;]+);occurred__lt:(?<before>[^;]+)$/.exec(query.get('filter') ?? '')?.groups ?? {}
    const hour = (text: string | undefined): number => Math.floor(Date.parse(text ?? '') / HOUR_MS) * HOUR_MS
    const [from, to] = [hour(after), hour(before)]
    const message = 'Invalid listing criteria provided'
    if (!(to - from <= 24 * HOUR_MS)) return json(400, { code: 400, message })
    const offset = query.get('offset')
    const last = offset === null ? Infinity : Date.parse(offset)
    const pageSize = Number(query.get('pageSize') ?? USUAL_PAGE)
    const data = (this.#options.events?.() ?? []).filter(({ occurred }) => {
      const at = Date.parse(occurred)
      return at >= from && at < to && at <= last
    })
    return json(200, { data: data.slice(0, pageSize), pageSize })
  }

  #giveToken(request: WireRequest): WireAnswer {
    const { api_key, email, password, client_id, client_secret } = this.#login
    if (request.method !== 'POST') return NO_SERVICE
    if (request.headers['api-key'] !== api_key) return INACTIVE
    const { authorization } = request.headers
    if (authorization === undefined) {
      const error_description = 'Full authentication is required to access this resource'
      return json(401, { error: 'unauthorized', error_description })
    }
    if (authorization !== `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`)
      return json(401, { status: 401, error: 'Unauthorized', message: 'Bad credentials', path: '/oauth/token' })
    const form = new URLSearchParams(request.body)
    const refresh = form.get('refresh_token') ?? ''
    const isRight =
      form.get('grant_type') === 'refresh_token'
        ? this.#refreshTokens.has(refresh)
        : form.get('grant_type') === 'password' && form.get('username') === email && form.get('password') === password
    if (!isRight) return json(400, { error: 'invalid_grant', error_description: 'Bad credentials' })
    this.#refreshTokens.delete(refresh)
    const expires_in = this.#options.tokenSeconds ?? TOKEN_SECONDS
    const [access_token, refresh_token] = [this.#host.uuid(), this.#host.uuid()]
    const now = this.#host.now()
    for (const [known, endsAt] of this.#tokens) if (endsAt <= now) this.#tokens.delete(known)
    this.#tokens.set(access_token, now + expires_in * 1000)
    this.#refreshTokens.add(refresh_token)
    const exact = this.#options.hasExactTimes === true ? { lockstitch_exact_times: true } : {}
    return json(200, { access_token, token_type: 'bearer', refresh_token, expires_in, ...exact })
  }
}

function bodyOf(request: WireRequest): Body {
  if (request.body === '') return {}
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? ''))
    throw new Refusal(415, 'Unsupported Media Type')
  try {
    const body: unknown = JSON.parse(request.body)
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body
  } catch {
    // Refused below.
  }
  throw new Refusal(400, 'The request body is not formatted properly')
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): WireAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

function html(status: number, body: string): WireAnswer {
  return { status, headers: { 'content-type': 'text/html' }, body }
}
