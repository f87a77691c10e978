/**
 * One maker's HTTP server, as a driver calls it: one base address, a deadline for each call, answers of bounded size,
 * no redirects. What went wrong is told apart by whether the request can have had an effect: before it left it is
 * `unreachable`; after it left, and it was not a mere read, it is `in_doubt`.
 */
import { createHash } from 'node:crypto'
import http from 'node:http'
import https from 'node:https'
import type { TLSSocket } from 'node:tls'
import { SystemError } from './errors.ts'
import { lookForLeave } from './leave.ts'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, as they go on the wire. */
  path: string
  headers?: Record<string, string>
  body?: string
  /** Longest wait for this answer, in milliseconds; absent = as for all. */
  timeoutMs?: number
  signal?: AbortSignal
}

export interface HttpAnswer {
  status: number
  headers: http.IncomingHttpHeaders
  body: string
}

export interface HttpClientOptions {
  /** Scheme, host and port, e.g. `https://192.168.1.100`. A path is not part of it. */
  origin: string
  /** Who is called, as an operator reads it. */
  systemName: string
  /** Longest wait for an answer, in milliseconds. */
  timeoutMs?: number
  /** SHA-256 of the server's certificate in hex: systems on a local network sign their own. Absent = a certificate that can be verified. */
  certificateSha256?: string
}

const TIMEOUT_MS = 20_000
/**
 * A connection that nobody uses is closed after so long, before the other side does: a request written on a connection
 * that is being closed is in doubt. Servers keep one for 5 s at the least.
 */
const IDLE_MS = 4_000
const NOT_PINNED = 'the certificate is not the one that was pinned'
/** What TLS calls a certificate it does not trust. */
const CERTIFICATE = new RegExp(`CERT|SIGNATURE|${NOT_PINNED}`)
/** Longest answer taken, in bytes: a list of a large building fits many times. */
const LARGEST_ANSWER = 16 * 1024 * 1024

export class HttpClient implements AsyncDisposable {
  readonly #origin: URL
  readonly #options: HttpClientOptions
  readonly #agent: http.Agent

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#origin = new URL(options.origin)
    const agent = { keepAlive: true, maxSockets: 4, timeout: IDLE_MS }
    // A pinned certificate is checked by its fingerprint on every connection (`secure`), not by who signed it.
    this.#agent =
      this.#origin.protocol === 'https:'
        ? new https.Agent({ ...agent, rejectUnauthorized: options.certificateSha256 === undefined })
        : new http.Agent(agent)
  }

  /** Sends a request once and answers with whatever status came. @throws SystemError `unreachable` or `in_doubt` */
  send(request: HttpRequest): Promise<HttpAnswer> {
    const { systemName } = this.#options
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS
    return new Promise((resolve, reject) => {
      let hasLeft = false
      const fail = (message: string, cause?: unknown): void => {
        const isInDoubt = hasLeft && request.method !== 'GET'
        reject(
          isInDoubt
            ? new SystemError('in_doubt', `${systemName} did not answer. Its state is read before it is asked again.`, {
                cause,
              })
            : new SystemError('unreachable', `${systemName} ${message}`, { cause }),
        )
      }
      const body = request.body === undefined ? undefined : Buffer.from(request.body)
      const { protocol, hostname, port } = this.#origin
      const call = (protocol === 'https:' ? https : http).request(
        {
          agent: this.#agent,
          host: hostname.replace(/^\[|\]$/g, ''),
          port: port === '' ? undefined : port,
          method: request.method,
          path: request.path,
          headers: { ...request.headers, ...(body === undefined ? {} : { 'content-length': String(body.length) }) },
          signal: request.signal,
        },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > LARGEST_ANSWER) call.destroy(new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`))
            else chunks.push(chunk)
          })
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString('utf8'),
            }),
          )
          response.on('error', (cause) => fail('broke off its answer.', cause))
        },
      )
      call.setTimeout(timeoutMs, () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)))
      call.on('error', (cause: NodeJS.ErrnoException) =>
        fail(
          CERTIFICATE.test(cause.code ?? cause.message)
            ? 'shows a certificate that is not trusted. Install one that can be verified, or pin this one by its SHA-256.'
            : 'cannot be reached. Check that it is running, and its address.',
          cause,
        ),
      )
      const write = (): void => {
        try {
          lookForLeave(request.signal)
        } catch (error) {
          call.destroy()
          reject(error instanceof Error ? error : new Error(String(error)))
          return
        }
        hasLeft = true
        call.end(body)
      }
      // Nothing is sent before the other side is known: a request that has not left cannot have had an effect.
      call.on('socket', (socket) => {
        if (!socket.connecting) return write()
        const isTls = protocol === 'https:'
        socket.once(isTls ? 'secureConnect' : 'connect', () => {
          if (isTls && !this.#isPinned(socket as TLSSocket)) call.destroy(new Error(NOT_PINNED))
          else write()
        })
      })
    })
  }

  #isPinned(socket: TLSSocket): boolean {
    const wanted = this.#options.certificateSha256
    if (wanted === undefined) return true
    const { raw } = socket.getPeerCertificate()
    const found = createHash('sha256').update(raw).digest('hex')
    return found === wanted.replaceAll(':', '').toLowerCase()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
  }
}

/** The answer's JSON. @throws SystemError when it is none */
export function jsonOf(answer: HttpAnswer, systemName: string): unknown {
  try {
    return JSON.parse(answer.body)
  } catch (cause) {
    throw new SystemError(
      'rejected',
      `${systemName} answered with something that is not JSON (status ${answer.status}).`,
      {
        cause,
      },
    )
  }
}
