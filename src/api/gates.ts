/** The gates a request passes before its operation: room at once, known credentials, and a share of the minute (limits.ts). */
import type { IncomingHttpHeaders } from 'node:http'
import type { WorkspaceRecord } from '../domain/records.ts'
import { authenticate, UnknownToken } from './authenticate.ts'
import { addressOf, Guesses, PerMinute, refuseUntil, Turnstile } from './limits.ts'
import { LoopShare } from './loop-share.ts'
import type { Caller, Operation, Services } from './operation.ts'
import type { Params } from './validation.ts'

/** Unknown keys and tokens from one address within ten minutes: more are not even looked up one after the other. */
const MOST_WRONG_TOKENS = 100

/** What of a request says who sent it. */
export interface Sender {
  /** As the socket says. */
  ip: string
  headers: IncomingHttpHeaders
}

/** One for each HTTP face: everything is counted in memory. */
export class Gates {
  readonly #services: Services
  readonly #turnstile: Turnstile
  readonly #share = new LoopShare()
  readonly #requests: PerMinute
  readonly #unlocks: PerMinute
  readonly #wrongTokens = new Guesses(MOST_WRONG_TOKENS)

  constructor(services: Services) {
    this.#services = services
    this.#turnstile = new Turnstile(services.limits.requestsAtOnce)
    this.#requests = new PerMinute(services.limits.requestsPerMinute)
    this.#unlocks = new PerMinute(services.limits.unlocksPerMinute)
  }

  /** @throws ApiError 503 when there is no room; else answers the way out, to be taken once. */
  enter(): () => void {
    const { clock } = this.#services
    const leave = this.#turnstile.enter(clock.now())
    return () => leave(clock.now())
  }

  /** Null, or what to wait for before the request begins: others had all of this turn of the event loop. */
  turn(): Promise<void> | null {
    return this.#share.take()
  }

  /** Who calls. Wrong keys and tokens are counted: who sends many is told to wait, right ones always pass. */
  async signIn(sender: Sender, params: Params, path: string, security: readonly string[]): Promise<Caller> {
    try {
      return await authenticate(sender.headers, params, path, security, this.#services)
    } catch (error) {
      if (!(error instanceof UnknownToken)) throw error
      const address = addressOf(sender.ip, sender.headers)
      const now = this.#services.clock.now()
      refuseUntil(
        this.#wrongTokens.waitMs(address, now),
        'Too many keys and tokens that do not exist came from this address. Check the key, and try again later.',
      )
      this.#wrongTokens.wrong(address, now)
      throw error
    }
  }

  /**
   * Takes the request from the caller's share of the minute, and from the door's that it opens (core.md 1.10; not in
   * sandboxes). @throws ApiError 429 when there is nothing left of it
   */
  limitRates(operation: Operation, params: Params, caller: Caller, workspace: WorkspaceRecord | undefined): void {
    if (workspace?.is_sandbox !== false) return
    const { clock, limits } = this.#services
    const { workspace_id } = workspace
    const who =
      'session' in caller ? caller.session.client_session_id : 'userId' in caller ? caller.userId : caller.kind
    refuseUntil(
      this.#requests.take(`${workspace_id} ${who}`, clock.now()),
      `More than ${String(limits.requestsPerMinute)} requests a minute (LOCKSTITCH_REQUESTS_PER_MINUTE). Nothing was done: wait as retry-after says.`,
    )
    const door = params['acs_entrance_id']
    if (operation.opensDoor !== true || typeof door !== 'string') return
    refuseUntil(
      this.#unlocks.take(`${workspace_id} ${door.toLowerCase()}`, clock.now()),
      `This door was unlocked from afar ${String(limits.unlocksPerMinute)} times within a minute (LOCKSTITCH_UNLOCKS_PER_MINUTE). Nothing was done: wait as retry-after says.`,
    )
  }
}
