/**
 * The POST of a webhook: to addresses that were checked and to no others. The name is resolved for each new
 * connection, every address is judged, and the connection goes to the very addresses that passed, so that a name that
 * resolves differently a moment later gains nothing. Redirects are not followed.
 */
import { lookup } from 'node:dns/promises'
import { setMaxListeners } from 'node:events'
import type { LookupAddress } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { checkAddress, checkTarget, hostOf, type TargetRules } from './targets.ts'

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<LookupAddress[]>

export const resolveHost: Resolve = (host) => lookup(host, { all: true })

/**
 * Asks for each name once while the answer is under way and for `keepMs` after: many connections to one host begin
 * together, and resolvers drop bursts.
 */
export function sharedLookups(resolve: Resolve, keepMs = 1000): Resolve {
  const known = new Map<string, Promise<LookupAddress[]>>()
  return (host) => {
    let answer = known.get(host)
    if (answer === undefined) {
      answer = resolve(host)
      known.set(host, answer)
      const forget = () => void setTimeout(() => known.delete(host), keepMs).unref()
      answer.then(forget, forget)
    }
    return answer
  }
}

/** How a send ended: the receiver's status with the beginning of its answer, or why there is none. */
export type SendOutcome =
  { status_code: number; error: string | null; body: string } | { status_code: null; error: string; body: null }

export interface SenderOptions {
  resolve?: Resolve
  /** The whole exchange; default 15 s. */
  timeoutMs?: number
}

const TIMEOUT_MS = 15_000
/** A stopping server lets what is under way end for this long. */
const GRACE_MS = 2000
/** More of an answer than this is not waited for (bytes). */
const ANSWER_LIMIT = 64 * 1024
/** So much of an answer is shown to the caller (bytes): enough for the excerpt in the log (excerpt.ts). */
const SHOWN_LIMIT = 4096
/** An answer that is not complete so long after its status is shown as far as it came. */
const BODY_WAIT_MS = 1000

class TargetRefused extends Error {
  override name = 'TargetRefused'
}

interface Agents {
  http: http.Agent
  https: https.Agent
}

export class Sender implements AsyncDisposable {
  readonly #resolve: Resolve
  readonly #timeoutMs: number
  /** Connections are kept and used again; never between senders with different rules. */
  readonly #agents = new Map<string, Agents>()

  constructor(options: SenderOptions = {}) {
    this.#resolve = sharedLookups(options.resolve ?? resolveHost)
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  }

  /** Sends `body`. Success is a 2xx status; everything else carries an error that says what happened. @throws when `stop` is aborted. */
  async post(
    target: string,
    body: string,
    headers: Record<string, string>,
    rules: TargetRules,
    stop: AbortSignal,
  ): Promise<SendOutcome> {
    const verdict = checkTarget(target, rules)
    if ('refused' in verdict) return noAnswer(`not called: ${verdict.refused}`)
    for (let isSecondTry = false; ; isSecondTry = true) {
      const outcome = await this.#exchange(verdict.url, body, headers, rules, stop, isSecondTry)
      // A kept connection that the receiver had closed in the meantime says nothing about the receiver: ask on a new one.
      if (outcome !== 'stale connection' || isSecondTry) {
        return outcome === 'stale connection' ? noAnswer('connection closed') : outcome
      }
    }
  }

  #exchange(
    url: URL,
    body: string,
    headers: Record<string, string>,
    rules: TargetRules,
    stop: AbortSignal,
    isOnNewConnection: boolean,
  ): Promise<SendOutcome | 'stale connection'> {
    return new Promise((resolve, reject) => {
      const isSecure = url.protocol === 'https:'
      const agents = this.#agentsFor(rules)
      let isTimedOut = false
      const request = (isSecure ? https : http).request(url, {
        method: 'POST',
        agent: isOnNewConnection ? false : isSecure ? agents.https : agents.http,
        lookup: this.#checkedLookup(rules),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': 'Lockstitch-Webhooks',
          ...headers,
        },
      })
      const timer = setTimeout(() => {
        isTimedOut = true
        request.destroy()
      }, this.#timeoutMs)
      let grace: NodeJS.Timeout | undefined
      const onStop = () => {
        grace = setTimeout(() => request.destroy(), GRACE_MS)
      }
      // One for each send under way.
      setMaxListeners(0, stop)
      stop.addEventListener('abort', onStop, { once: true })
      request.on('close', () => {
        clearTimeout(timer)
        clearTimeout(grace)
        stop.removeEventListener('abort', onStop)
      })
      request.on('response', (response) => {
        const status_code = response.statusCode ?? 0
        readBeginning(response, (body) => resolve({ status_code, error: judge(status_code), body }))
      })
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (isTimedOut) resolve(noAnswer(`no answer within ${this.#timeoutMs / 1000} s`))
        else if (stop.aborted) reject(error)
        else if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE'))
          resolve('stale connection')
        else resolve(noAnswer(wordsFor(error)))
      })
      request.end(body)
    })
  }

  #agentsFor(rules: TargetRules): Agents {
    const key = JSON.stringify([rules.allowLoopback, rules.allowedHosts])
    let agents = this.#agents.get(key)
    if (agents === undefined) {
      const options = { keepAlive: true, maxFreeSockets: 32 }
      agents = { http: new http.Agent(options), https: new https.Agent(options) }
      this.#agents.set(key, agents)
    }
    return agents
  }

  #checkedLookup(rules: TargetRules): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(hostname).then(
        (addresses) => {
          const host = hostOf(new URL(`http://${hostname}/`))
          const refused = addresses.map(({ address }) => checkAddress(address, host, rules)).find((why) => why !== null)
          const [first] = addresses
          if (refused !== undefined) callback(new TargetRefused(refused), [])
          else if (first === undefined) callback(new Error('the host name has no address'), [])
          else if (options.all === true) callback(null, addresses)
          else callback(null, first.address, first.family)
        },
        (error: unknown) => callback(error as NodeJS.ErrnoException, []),
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agents of this.#agents.values()) {
      agents.http.destroy()
      agents.https.destroy()
    }
    this.#agents.clear()
  }
}

function noAnswer(error: string): SendOutcome {
  return { status_code: null, error, body: null }
}

/**
 * Reads an answer to its end, so that the connection can be used again; a long one is cut off. Gives its beginning as
 * soon as it is there, or what has come of it after a moment.
 */
function readBeginning(response: http.IncomingMessage, done: (body: string) => void): void {
  let size = 0
  const beginning: Buffer[] = []
  const give = () => {
    clearTimeout(timer)
    done(Buffer.concat(beginning).subarray(0, SHOWN_LIMIT).toString('utf8'))
  }
  const timer = setTimeout(give, BODY_WAIT_MS)
  response.on('data', (chunk: Buffer) => {
    if (size < SHOWN_LIMIT) beginning.push(chunk)
    size += chunk.length
    if (size >= SHOWN_LIMIT) give()
    if (size > ANSWER_LIMIT) response.destroy()
  })
  response.on('error', give)
  response.on('close', give)
}

function judge(status: number): string | null {
  if (status >= 200 && status < 300) return null
  return status >= 300 && status < 400 ? `status ${status}: redirects are not followed` : `status ${status}`
}

const WORDS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection closed',
  EPIPE: 'connection closed',
  ENOTFOUND: 'the host name was not found',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection could not be made in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
}

/** Says what failed; a name of Node's (`CERT_HAS_EXPIRED`) where there are no words of ours. Never the URL, which may carry a secret. */
function wordsFor(error: NodeJS.ErrnoException): string {
  if (error instanceof TargetRefused) return `not called: ${error.message}`
  const code =
    error.code ?? (error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException).code : undefined)
  return code === undefined ? 'the request failed' : (WORDS[code] ?? code)
}

/**
 * Judges a target when a webhook is made: the URL, and the addresses its name has now. A name that cannot be resolved
 * yet is let through, for each delivery judges again. Answers why it is refused, or null.
 */
export async function refusalOf(
  target: string,
  rules: TargetRules,
  resolve: Resolve = resolveHost,
  timeoutMs = 1000,
): Promise<string | null> {
  const verdict = checkTarget(target, rules)
  if ('refused' in verdict) return verdict.refused
  const host = hostOf(verdict.url)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<LookupAddress[]>((done) => {
    timer = setTimeout(() => done([]), timeoutMs)
  })
  const addresses = await Promise.race([resolve(host).catch(() => []), late])
  clearTimeout(timer)
  return addresses.map(({ address }) => checkAddress(address, host, rules)).find((why) => why !== null) ?? null
}
