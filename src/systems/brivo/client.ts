/**
 * Brivo's HTTP API as this driver needs it: every call with the API key and a token that is renewed before it ends,
 * every answer checked (wire.ts), every refusal a fault that says what to do (errors.ts).
 */
import type { DriverHost, Login } from '../kit/driver.ts'
import { SystemError } from '../kit/errors.ts'
import { HttpClient, jsonOf, type HttpAnswer } from '../kit/http.ts'
import { loginText } from '../kit/login.ts'
import { faultOf, lost, tokenFaultOf } from './errors.ts'
import * as wire from './wire.ts'

const NAME = 'Brivo'
const API = '/v1/api'
const US = { api: 'https://api.brivo.com', auth: 'https://auth.brivo.com' }
/** The largest page there is (Listing Calls, Paging). */
const PAGE_SIZE = 100
const HOUR_MS = 3_600_000
/** How often a list that changes while it is read is begun again. */
const MOST_RESTARTS = 3
/** A token is renewed when this part of its life is over: examples live 60 s, accounts are said to give 300 s. */
const RENEW_AFTER = 0.75

interface Token {
  access: string
  refresh: string | undefined
  /** By the host's clock, in milliseconds. */
  renew_at: number
}

interface Asked {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: object
}

/** What a user is made of, or changed to. */
export interface UserFields {
  firstName: string
  middleName?: string
  lastName: string
  externalId?: string
  pin?: string
  effectiveFrom?: string
  effectiveTo?: string
  bleTwoFactorExempt?: boolean
  emails?: { address: string; type?: string }[]
  phoneNumbers?: { number: string; type?: string }[]
}

/** When a card of a user works. An end once set is not taken away by leaving it out. */
export interface EffectiveDates {
  effectiveFrom?: string
  effectiveTo?: string
}

export class BrivoClient implements AsyncDisposable {
  readonly #login: Login
  readonly #host: DriverHost
  readonly #api: HttpClient
  readonly #auth: HttpClient
  readonly #apiKey: string
  #token: Token | null = null
  #renewal: Promise<Token> | null = null
  #hasExactTimes = false

  /** @throws SystemError when the login lacks something */
  constructor(login: Login, host: DriverHost) {
    this.#login = login
    this.#host = host
    this.#apiKey = loginText(login, 'api_key')
    loginText(login, 'email')
    loginText(login, 'password')
    if (login['client_id'] === undefined || login['client_secret'] === undefined) {
      const message = `${NAME} gives tokens to registered applications alone. Fill in the client ID and the client secret: Brivo Access, Configuration, Integrations, Generate API Token, type Password.`
      throw new SystemError('unauthorized', message)
    }
    this.#api = new HttpClient({ origin: text(login['api_url']) ?? US.api, systemName: NAME })
    this.#auth = new HttpClient({ origin: text(login['auth_url']) ?? US.auth, systemName: NAME })
  }

  /** Whether the account keeps milliseconds; the maker's keeps seconds. Known once anything was asked. */
  get hasExactTimes(): boolean {
    return this.#hasExactTimes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#api[Symbol.asyncDispose](), this.#auth[Symbol.asyncDispose]()])
  }

  // The account ----------------------------------------------------------------------------------------------------------

  whoAmI(signal: AbortSignal) {
    return this.#get('/administrators/whoami', wire.administrator, signal)
  }

  accounts(signal: AbortSignal) {
    return this.#list('/accounts', wire.account, signal)
  }

  sites(signal: AbortSignal) {
    return this.#list('/sites', wire.site, signal)
  }

  site(id: number, signal: AbortSignal) {
    return this.#get(`/sites/${id}`, wire.siteDetail, signal)
  }

  accessPoints(signal: AbortSignal) {
    return this.#list('/access-points', wire.accessPoint, signal)
  }

  /** Schedules that nobody can edit: those without hours, valid around the clock (Schedule: Schedule Retrieval). */
  async standingSchedules(signal: AbortSignal): Promise<wire.Schedule[]> {
    const schedules = await this.#list('/schedules', wire.schedule, signal, 'editable__eq:false')
    return schedules.filter((schedule) => schedule.editable === false)
  }

  /** Opens a door now. The answer says that the panel was told, not that the door moved. */
  async activate(accessPointId: string, signal: AbortSignal): Promise<void> {
    await this.#ask({ method: 'POST', path: `/access-points/${accessPointId}/activate` }, signal)
  }

  /** What happened at doors in a time, newest first. Brivo takes the hours around it: some may lie outside. */
  async accessEvents(from: number, to: number, signal: AbortSignal): Promise<wire.AccessEvent[]> {
    const [after, before] = [Math.floor(from / HOUR_MS), Math.ceil(to / HOUR_MS)].map((hour) => instant(hour * HOUR_MS))
    const filter = `occurred__gt:${after};occurred__lt:${before}`
    const found = new Map<string, wire.AccessEvent>()
    let offset: string | null = null
    for (;;) {
      const query = new URLSearchParams({ pageSize: String(PAGE_SIZE), filter })
      if (offset !== null) query.set('offset', offset)
      const { data } = await this.#get(`/events/access?${query.toString()}`, wire.allOf(wire.accessEvent), signal)
      const known = found.size
      for (const event of data) found.set(event.uuid, event)
      const last = data.at(-1)
      // A page begins with what the one before ended with: one that has nothing new is behind the last.
      if (data.length < PAGE_SIZE || last === undefined || found.size === known) return [...found.values()]
      offset = last.occurred
    }
  }

  // Groups ---------------------------------------------------------------------------------------------------------------

  groups(signal: AbortSignal) {
    return this.#list('/groups', wire.group, signal)
  }

  /** Groups whose name contains the text, which may have no comma or semicolon: those part filters. */
  groupsLike(text: string, signal: AbortSignal) {
    return this.#list('/groups', wire.group, signal, `name__eq:${text}`)
  }

  group(id: string, signal: AbortSignal) {
    return this.#find(`/groups/${id}`, wire.group, signal)
  }

  addGroup(name: string, signal: AbortSignal) {
    return this.#put({ method: 'POST', path: '/groups', body: { name } }, wire.group, signal)
  }

  /** What is left out may be forgotten by Brivo: everything that stands is sent along. */
  renameGroup(group: wire.Group, name: string, signal: AbortSignal) {
    const { id, keypadUnlock, immuneToAntipassback, excludedFromLockdown } = group
    const body = { name, keypadUnlock, immuneToAntipassback, excludedFromLockdown }
    return this.#put({ method: 'PUT', path: `/groups/${id}`, body }, wire.group, signal)
  }

  deleteGroup(id: string, signal: AbortSignal): Promise<void> {
    return this.#remove(`/groups/${id}`, signal)
  }

  permissions(groupId: number | string, signal: AbortSignal) {
    return this.#list(`/groups/${groupId}/access/access-points`, wire.permission, signal)
  }

  async permit(groupId: number, accessPointId: string, scheduleId: number, signal: AbortSignal): Promise<void> {
    const path = `/groups/${groupId}/access/access-points/${accessPointId}`
    await this.#ask({ method: 'PUT', path, body: { schedule: { id: scheduleId } } }, signal)
  }

  forbid(groupId: number, accessPointId: number, signal: AbortSignal): Promise<void> {
    return this.#remove(`/groups/${groupId}/access/access-points/${accessPointId}`, signal)
  }

  membersOf(groupId: number, signal: AbortSignal) {
    return this.#list(`/groups/${groupId}/users`, wire.user, signal)
  }

  async join(groupId: string, userId: number, signal: AbortSignal): Promise<void> {
    await this.#ask({ method: 'PUT', path: `/groups/${groupId}/users/${userId}` }, signal)
  }

  leave(groupId: number, userId: number, signal: AbortSignal): Promise<void> {
    return this.#remove(`/groups/${groupId}/users/${userId}`, signal)
  }

  // Users ----------------------------------------------------------------------------------------------------------------

  users(signal: AbortSignal) {
    return this.#list('/users', wire.user, signal)
  }

  user(id: string, signal: AbortSignal) {
    return this.#find(`/users/${id}`, wire.user, signal)
  }

  userByExternalId(externalId: string, signal: AbortSignal) {
    return this.#find(`/users/${encodeURIComponent(externalId)}/external`, wire.user, signal)
  }

  addUser(body: UserFields, signal: AbortSignal) {
    return this.#put({ method: 'POST', path: '/users', body }, wire.user, signal)
  }

  /** Changes what is named; the rest stays. */
  patchUser(id: number, body: Partial<UserFields>, signal: AbortSignal) {
    return this.#put({ method: 'PATCH', path: `/users/${id}`, body }, wire.user, signal)
  }

  /** What is not named is removed. */
  replaceUser(id: number, body: UserFields, signal: AbortSignal) {
    return this.#put({ method: 'PUT', path: `/users/${id}`, body }, wire.user, signal)
  }

  async suspend(id: number, suspended: boolean, signal: AbortSignal): Promise<void> {
    await this.#put({ method: 'PUT', path: `/users/${id}/suspended`, body: { suspended } }, wire.suspension, signal)
  }

  deleteUser(id: string, signal: AbortSignal): Promise<void> {
    return this.#remove(`/users/${id}`, signal)
  }

  async groupsOf(userId: number | string, signal: AbortSignal): Promise<wire.Group[]> {
    return (await this.#get(`/users/${userId}/groups`, wire.allOf(wire.group), signal)).data
  }

  async credentialsOf(userId: number | string, signal: AbortSignal): Promise<wire.Credential[]> {
    return (await this.#get(`/users/${userId}/credentials`, wire.allOf(wire.credential), signal)).data
  }

  // Cards ----------------------------------------------------------------------------------------------------------------

  freeCards(signal: AbortSignal) {
    return this.#list('/credentials', wire.credential, signal, 'status__eq:unassigned')
  }

  /** Cards whose label contains the number, which may have no comma or semicolon: those part filters. */
  cardsLike(number: string, signal: AbortSignal) {
    return this.#list('/credentials', wire.credential, signal, `reference_id__eq:${number}`)
  }

  /** The person who holds a card; undefined when nobody does, or there is no such card. */
  holderOf(cardId: number | string, signal: AbortSignal) {
    return this.#find(`/credentials/${cardId}/user`, wire.user, signal)
  }

  async giveCard(userId: string, cardId: number, dates: EffectiveDates, signal: AbortSignal): Promise<void> {
    await this.#ask({ method: 'PUT', path: `/users/${userId}/credentials/${cardId}`, body: dates }, signal)
  }

  takeCard(userId: number | string, cardId: number | string, signal: AbortSignal): Promise<void> {
    return this.#remove(`/users/${userId}/credentials/${cardId}`, signal)
  }

  // The wire -------------------------------------------------------------------------------------------------------------

  async #get<T>(path: string, check: wire.Check<T>, signal: AbortSignal): Promise<T> {
    return this.#put({ method: 'GET', path }, check, signal)
  }

  /** One thing that need not be there. */
  async #find<T>(path: string, check: wire.Check<T>, signal: AbortSignal): Promise<T | undefined> {
    try {
      return await this.#get(path, check, signal)
    } catch (error) {
      if (error instanceof SystemError && error.kind === 'not_found') return undefined
      throw error
    }
  }

  /** All pages of a list. When entries came or went meanwhile, pages shifted: it is read once more from the start. */
  async #list<T>(path: string, check: wire.Check<T>, signal: AbortSignal, filter?: string): Promise<T[]> {
    let found: T[] = []
    let total: number | null = null
    for (let restarts = 0; ;) {
      const query = new URLSearchParams({ offset: String(found.length), pageSize: String(PAGE_SIZE) })
      if (filter !== undefined) query.set('filter', filter)
      const page = await this.#get(`${path}?${query.toString()}`, wire.pageOf(check), signal)
      total ??= page.count
      if (page.count !== total) {
        if (++restarts > MOST_RESTARTS)
          throw new SystemError('busy', `${NAME} is being changed while it is read. It is read again in a while.`)
        found = []
        total = null
        continue
      }
      found.push(...page.data)
      if (page.data.length === 0 || found.length >= page.count) return found
    }
  }

  /** Asks for something whose answer counts. */
  async #put<T>(asked: Asked, check: wire.Check<T>, signal: AbortSignal): Promise<T> {
    const answer = await this.#ask(asked, signal)
    try {
      return check(jsonOf(answer, NAME), '')
    } catch (error) {
      if (!(error instanceof wire.UnexpectedAnswer || error instanceof SystemError)) throw error
      // What stood in the answer may be secret: what is passed on says where it went wrong, and no more.
      const cause = new Error(error.message)
      // The same thing asked again may be answered rightly: a proxy in between answers strangely now and then.
      if (asked.method === 'GET')
        throw new SystemError('unreachable', `${NAME} answered with something else than its API does.`, { cause })
      throw lost(cause)
    }
  }

  async #remove(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#ask({ method: 'DELETE', path }, signal)
    } catch (error) {
      // What is gone is gone.
      if (!(error instanceof SystemError && error.kind === 'not_found')) throw error
    }
  }

  /** Sends a request; a token that has ended too early is renewed, once. Such a request has had no effect. */
  async #ask(asked: Asked, signal: AbortSignal): Promise<HttpAnswer> {
    let token = await this.#validToken(signal)
    let answer = await this.#send(asked, token, signal)
    if (answer.status === 401) {
      if (this.#token === token) this.#token = { ...token, renew_at: 0 }
      token = await this.#validToken(signal)
      answer = await this.#send(asked, token, signal)
    }
    if (answer.status >= 200 && answer.status < 300) return answer
    if (answer.status === 401) this.#token = null
    throw faultOf(answer, asked.method === 'GET', this.#secrets(token))
  }

  #send({ method, path, body }: Asked, token: Token, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#api.send({
      method,
      path: API + path,
      headers: {
        'api-key': this.#apiKey,
        authorization: `bearer ${token.access}`,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
  }

  // The token ------------------------------------------------------------------------------------------------------------

  /** A token that will last for a call. Those who need one at the same time wait for the same. */
  async #validToken(signal: AbortSignal): Promise<Token> {
    if (this.#token !== null && this.#host.now() < this.#token.renew_at) return this.#token
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null
    })
    const token = await this.#renewal
    if (signal.aborted) throw new SystemError('unreachable', `${NAME} did not answer in time.`)
    return token
  }

  async #renew(): Promise<Token> {
    const refresh = this.#token?.refresh
    if (refresh !== undefined) {
      const answer = await this.#tokenFor({ grant_type: 'refresh_token', refresh_token: refresh })
      if (answer.status === 200) return this.#take(answer)
      // It has ended as well: the login is there.
      if (answer.status !== 400 && answer.status !== 401) throw tokenFaultOf(answer, this.#secrets(this.#token))
      this.#token = null
    }
    const { email, password } = this.#login
    const answer = await this.#tokenFor({
      grant_type: 'password',
      username: String(email),
      password: String(password),
    })
    if (answer.status !== 200) throw tokenFaultOf(answer, this.#secrets(this.#token))
    return this.#take(answer)
  }

  async #tokenFor(form: Record<string, string>): Promise<HttpAnswer> {
    const { client_id, client_secret } = this.#login
    const signature = Buffer.from(`${String(client_id)}:${String(client_secret)}`).toString('base64')
    try {
      return await this.#auth.send({
        method: 'POST',
        path: '/oauth/token',
        headers: {
          'api-key': this.#apiKey,
          authorization: `Basic ${signature}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: new URLSearchParams(form).toString(),
      })
    } catch (error) {
      // A token more or less is no effect: what was asked for has not left yet.
      if (error instanceof SystemError && error.kind === 'in_doubt')
        throw new SystemError('unreachable', `${NAME} does not answer. It is asked again in a while.`, { cause: error })
      throw error
    }
  }

  /** What must not stand in a message, even if Brivo should say it. */
  #secrets(token: Token | null): string[] {
    const { password, client_secret } = this.#login
    return [this.#apiKey, String(password), String(client_secret), token?.access ?? '', token?.refresh ?? '']
  }

  #take(answer: HttpAnswer): Token {
    let given: wire.TokenAnswer
    try {
      given = wire.tokenAnswer(jsonOf(answer, NAME), '')
    } catch {
      throw new SystemError('unreachable', `${NAME} answered with something else than a token.`)
    }
    this.#hasExactTimes = given.lockstitch_exact_times === true
    this.#token = {
      access: given.access_token,
      refresh: given.refresh_token,
      renew_at: this.#host.now() + given.expires_in * 1000 * RENEW_AFTER,
    }
    return this.#token
  }
}

/** As Brivo writes times: to the second. */
function instant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
