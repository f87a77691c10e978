/**
 * One Visionline server's Web API: one session for all requests, each request signed, the session made anew when the
 * server has forgotten it.
 */
import { SystemError } from '../kit/errors.ts'
import { HttpClient, type HttpAnswer, type HttpRequest } from '../kit/http.ts'
import { inDoubt, refusalOf } from './errors.ts'
import { canonicalJson, CONTENT_TYPE, contentMd5, pathOf, signatureOf, type DateHeader } from './signature.ts'
import { parse, readEncoderError, readSession, SESSIONS, Unreadable, type Session } from './wire.ts'

export interface ClientOptions {
  /** Scheme, host and port. */
  origin: string
  username: string
  password: string
  dateHeader: DateHeader
  /** SHA-256 of a certificate that nobody else has signed. */
  certificateSha256?: string
  now(): number
}

export interface Request {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  query?: Readonly<Record<string, string>>
  body?: unknown
  timeoutMs?: number
}

export class VisionlineClient implements AsyncDisposable {
  readonly #options: ClientOptions
  readonly #http: HttpClient
  #session: Promise<Session> | null = null

  constructor(options: ClientOptions) {
    this.#options = options
    const { origin, certificateSha256 } = options
    this.#http = new HttpClient({
      origin,
      systemName: 'Visionline',
      ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
    })
  }

  /** The session under way, or a new one. @throws SystemError `unauthorized` when the login is refused */
  session(signal: AbortSignal): Promise<Session> {
    if (this.#session === null) {
      const session = this.#open(signal)
      this.#session = session
      session.catch(() => this.#forget(session))
    }
    return this.#session
  }

  /** Proves the login by a new session. @throws SystemError */
  login(signal: AbortSignal): Promise<Session> {
    this.#session = null
    return this.session(signal)
  }

  /** Reads. @throws SystemError */
  async read<T>(request: Omit<Request, 'method'>, read: (answer: unknown) => T, signal: AbortSignal): Promise<T> {
    const { answer } = await this.#ask({ method: 'GET', ...request }, signal)
    if (!isSuccess(answer)) throw refusalOf(answer, false)
    return parse(answer.body, read)
  }

  /**
   * Asks for something that has an effect, once. An answer that cannot be read leaves it in doubt.
   * @throws SystemError, EncoderError where the server names what went wrong at an encoder
   */
  async act<T>(request: Request, read: (answer: unknown) => T, signal: AbortSignal): Promise<T> {
    const { answer, session } = await this.#ask(request, signal)
    if (!isSuccess(answer)) {
      throw (session.extensions.has('namesErrors') ? readEncoderError(answer.body) : null) ?? refusalOf(answer, true)
    }
    try {
      return read(answer.body === '' ? null : JSON.parse(answer.body))
    } catch (cause) {
      if (cause instanceof SyntaxError || cause instanceof Unreadable) throw inDoubt(cause)
      throw cause
    }
  }

  /** Sends a signed request. A session the server does not know (any more) is made anew once: a 401 has had no effect. */
  async #ask(request: Request, signal: AbortSignal): Promise<{ answer: HttpAnswer; session: Session }> {
    const opening = this.session(signal)
    const known = await opening
    const answer = await this.#http.send(this.#signed(request, known, signal))
    if (answer.status !== 401) return { answer, session: known }
    this.#forget(opening)
    const session = await this.session(signal)
    return { answer: await this.#http.send(this.#signed(request, session, signal)), session }
  }

  #forget(session: Promise<Session>): void {
    if (this.#session === session) this.#session = null
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const { username, password } = this.#options
    const body = canonicalJson({ username, password })
    const answer = await this.#http
      .send({
        method: 'POST',
        path: SESSIONS,
        headers: { ...this.#dated(), 'content-type': CONTENT_TYPE, 'content-md5': contentMd5(body) },
        body,
        signal,
      })
      .catch((error: unknown) => {
        // A session that was made and never heard of does no harm.
        if (!(error instanceof SystemError) || error.kind !== 'in_doubt') throw error
        const message = 'Visionline did not answer. Check that it is running, and its address.'
        throw new SystemError('unreachable', message, { cause: error.cause })
      })
    if (!isSuccess(answer)) throw refusalOf(answer, false)
    return parse(answer.body, readSession)
  }

  #signed({ method, path, query, body, timeoutMs }: Request, session: Session, signal: AbortSignal): HttpRequest {
    const sent = pathOf(path, query)
    const text = body === undefined ? undefined : canonicalJson(body)
    const dated = this.#dated()
    const { dateHeader } = this.#options
    const signature = signatureOf(session.accessKey, {
      method,
      contentMd5: text === undefined ? '' : contentMd5(text),
      contentType: text === undefined ? '' : CONTENT_TYPE,
      date: dated[dateHeader] ?? '',
      dateHeader,
      path: sent,
    })
    return {
      method,
      path: sent,
      headers: {
        ...dated,
        authorization: `AWS ${session.id}:${signature}`,
        ...(text === undefined ? {} : { 'content-type': CONTENT_TYPE, 'content-md5': contentMd5(text) }),
      },
      ...(text === undefined ? {} : { body: text }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      signal,
    }
  }

  #dated(): Record<string, string> {
    return { [this.#options.dateHeader]: new Date(this.#options.now()).toUTCString() }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#http[Symbol.asyncDispose]()
  }
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300
}
