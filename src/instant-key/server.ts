/** What the page asks the server: api/seam/instant_key, and the public action_attempts/get. */
import { pause } from './clock.ts'

const TIMEOUT_MS = 15_000
/** A door has 30 s to answer; the server ends the attempt then. */
const ASK_EVERY_MS = 500

export type DoorStatus = 'ready' | 'preparing' | 'not_yet_valid' | 'suspended' | 'expired'

export interface Door {
  acs_entrance_id: string
  display_name: string
  system_name: string
  time_zone: string | null
  starts_at: string | null
  ends_at: string | null
  status: DoorStatus
  opens_with: 'phone' | 'cloud' | 'app'
}

export interface Property {
  name: string
  primary_color?: string
  secondary_color?: string
  logo_url?: string
}

/** The key as the server tells it. */
export interface Key {
  doors: Door[]
  hotel: Property
  guest: { name: string | null }
  stay: { starts_at: string | null; ends_at: string | null; time_zone: string | null }
  expires_at: string
  now: string
  is_clock_frozen: boolean
}

/** `phone`: a reader was talked to. `cloud`: the access system was asked; it knows, or does not, that the door opened. */
export type Outcome =
  | { opened: true; by: 'phone' }
  | { opened: true; by: 'cloud'; isConfirmed: boolean }
  | { opened: false; reason: string }

/** What the server refused, by the type of its error. */
export class Refused extends Error {
  readonly type: string
  constructor(type: string) {
    super(type)
    this.type = type
  }
}

/** The server could not be reached, or did not answer. */
export class Unreachable extends Error {}

export class Server {
  readonly #shortCode: string
  readonly #deviceId: string
  /** The client session; in memory alone, so that a reload exchanges the code again, as the same device. */
  #token: string | null = null

  constructor(shortCode: string, deviceId: string) {
    this.#shortCode = shortCode
    this.#deviceId = deviceId
  }

  get isOpen(): boolean {
    return this.#token !== null
  }

  async key(): Promise<Key> {
    if (this.#token === null) {
      const answer = await this.#page<{ client_session: { token: string } }>('client_sessions/exchange_short_code', {
        short_code: this.#shortCode,
        client_id: this.#deviceId,
      })
      this.#token = answer.client_session.token
    }
    return this.#page<Key>('doors/list', {})
  }

  /** Name and colours of a property whose key cannot be opened (any more). */
  async property(): Promise<Property> {
    const answer = await this.#page<{ instant_key_preview: { hotel: Property } }>('preview/get', {
      instant_key_url: location.href,
    })
    return answer.instant_key_preview.hotel
  }

  async unlock(acs_entrance_id: string): Promise<Outcome> {
    const { unlock } = await this.#page<{ unlock: { opened?: boolean; reason: string; action_attempt_id?: string } }>(
      'doors/unlock',
      { acs_entrance_id },
    )
    if (unlock.action_attempt_id !== undefined) return this.#ended(unlock.action_attempt_id)
    return unlock.opened === true ? { opened: true, by: 'phone' } : { opened: false, reason: unlock.reason }
  }

  async #ended(action_attempt_id: string): Promise<Outcome> {
    for (;;) {
      const { action_attempt: attempt } = await this.#ask<{
        action_attempt: { status: string; result: { was_confirmed_by_device?: boolean } | null }
      }>('../action_attempts/get', { action_attempt_id })
      if (attempt.status === 'success')
        return { opened: true, by: 'cloud', isConfirmed: attempt.result?.was_confirmed_by_device === true }
      if (attempt.status === 'error') return { opened: false, reason: 'system_refused' }
      await pause(ASK_EVERY_MS)
    }
  }

  #page<T>(operation: string, params: object): Promise<T> {
    return this.#ask(`../seam/instant_key/v1/${operation}`, params)
  }

  async #ask<T>(path: string, params: object): Promise<T> {
    const headers: Record<string, string> = { 'content-type': 'application/json' }
    if (this.#token !== null) headers['authorization'] = `Bearer ${this.#token}`
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS)
    try {
      const response = await fetch(new URL(path, location.href), {
        method: 'POST',
        headers,
        body: JSON.stringify(params),
        cache: 'no-store',
        credentials: 'omit',
        signal: abort.signal,
      })
      const body = (await response.json()) as { error?: { type?: string } }
      if (response.ok) return body as T
      const type = body.error?.type ?? 'unknown'
      // The session is over; the code may still open another.
      if (response.status === 401) this.#token = null
      throw new Refused(type)
    } catch (error) {
      if (error instanceof Refused) throw error
      throw new Unreachable()
    } finally {
      clearTimeout(timer)
    }
  }
}
