/**
 * The HTTP face: every operation of the contract on every verb it lists, the envelopes, the error catalogue, request
 * ids and CORS (core.md section 1). What happens to one on its way is in route.ts.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { from, kindOfError, type Step } from '../trace.ts'
import { asset, sendBody, type Asset } from './assets.ts'
import type { ContractOperation } from './contract.ts'
import { Drain } from './drain.ts'
import { ApiError, errors } from './errors.ts'
import { asApiError, errorBody, fromFastify } from './failure.ts'
import { Gates } from './gates.ts'
import { describe } from './openapi.ts'
import type { Operation } from './operation.ts'
import { BODY_LIMIT } from './parameters.ts'
import { answer, buildRoutes, type AnswerOptions } from './route.ts'

const ALLOWED_HEADERS = [
  'x-csrf-token, x-requested-with, accept, accept-version, content-length, content-md5, content-type, date, x-api-version, authorization, user-agent',
  'seam-workspace, seam-lts-version, seam-sdk-name, seam-sdk-version, seam-publishable-key, seam-client-session-token, client-session-token',
  'seam-api-key, seam-user-identifier-key, idempotency-key, traceparent',
].join(', ')
const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS'

/** A page or file served beside the operations (the Instant Key page, the console). */
export interface Page {
  matches(path: string): boolean
  serve(path: string, request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** The server is about to stop: answers that have no end are ended. */
  close?(): void
}

export interface HttpOptions extends AnswerOptions {
  operations: readonly Operation[]
  pages: readonly Page[]
  /** What the operations do that the published contract does not know, for `/openapi.json`. */
  descriptions: ReadonlyMap<string, string>
}

export function createHttp(options: HttpOptions): FastifyInstance {
  const { services } = options
  const { contract, ids, log, tracing } = services
  const routes = buildRoutes(options.operations, contract)
  const gates = new Gates(services)
  let openapi: Asset | null = null

  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    genReqId: () => ids.uuid(),
    forceCloseConnections: 'idle',
  })
  const drain = new Drain(app)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))

  app.addHook('onRequest', (request, reply, done) => {
    const origin = request.headers.origin
    reply.header('seam-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    if (services.publicUrl.startsWith('https:')) reply.header('strict-transport-security', 'max-age=31536000')
    reply.header('vary', 'Origin')
    // The console is for its own pages: no other origin reads what is answered under its paths.
    if (CONSOLE.test(request.url)) return done()
    reply.header('access-control-allow-origin', origin ?? '*')
    if (origin !== undefined && bringsCredential(request)) reply.header('access-control-allow-credentials', 'true')
    reply.header('access-control-allow-methods', METHODS)
    reply.header('access-control-allow-headers', ALLOWED_HEADERS)
    reply.header('access-control-expose-headers', 'seam-request-id, idempotency-replayed, retry-after')
    done()
  })

  app.addHook('preClose', (done) => {
    for (const page of options.pages) page.close?.()
    done()
  })

  app.addHook('onSend', (_request, reply, payload, done) => {
    if (drain.isStopping) reply.header('connection', 'close')
    done(null, payload)
  })

  app.addHook('onResponse', (request, reply, done) => {
    const path = pathOf(request)
    // A stream took as long as somebody listened: no figure for how fast we answer.
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return done()
    const { elapsedTime, statusCode: status } = reply
    services.metrics.request(routes.has(path) ? path : 'other', status, elapsedTime / 1000)
    const about = { request_id: request.id, method: request.method, path, status, ms: Math.round(elapsedTime) }
    log.debug(about, 'a request was answered')
    done()
  })

  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    const known = asApiError(error)
    if (known === null) {
      log.error(
        { request_id: request.id, path: pathOf(request), err: error instanceof Error ? error.stack : String(error) },
        'a request failed',
      )
    }
    const shown = known ?? new ApiError(500, 'internal_server_error', 'Internal Server Error')
    // Whole seconds are what the header takes; SDKs wait so long before they try again.
    if (shown.status === 503 || shown.status === 429)
      reply.header('retry-after', String(Math.ceil((shown.retryAfterMs ?? 1000) / 1000)))
    return reply
      .code(shown.status)
      .header('content-type', 'application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(JSON.stringify(errorBody(shown, request.id)))
  }
  app.setErrorHandler((error, request, reply) => fail(request, reply, fromFastify(error)))

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const path = pathOf(request)
    let leave = (): void => undefined
    let step: Step | null = null
    try {
      if (request.method === 'OPTIONS') return reply.code(200).send()
      if (path.startsWith('/health')) {
        const health = await services.readiness.answerTo(path)
        if (health !== null) return reply.code(health.status).send(health.body)
      }
      leave = gates.enter()
      const turn = gates.turn()
      if (turn !== null) await turn
      if (path === '/openapi.json' && request.method === 'GET') {
        const served = new Map([...routes].map(([path, route]) => [path, route.contract]))
        openapi ??= asset(
          'application/json; charset=utf-8',
          describe(contract, served, services.publicUrl, options.descriptions),
        )
        await sendBody(openapi, request, reply)
        return reply
      }
      const route = routes.get(path)
      const page = route === undefined ? options.pages.find((one) => one.matches(path)) : undefined
      if (page !== undefined) {
        await page.serve(path, request, reply)
        return reply
      }
      if (route === undefined) throw unserved(path, request, contract.operations.get(path), contract.notSupported)
      if (!route.contract.methods.includes(request.method)) throw methodNotAllowed(route.contract.methods)
      step = tracing.begin(`${request.method} ${path}`, 'server', traceparentOf(request), () => ({
        'http.request.method': request.method,
        'http.route': path,
        'lockstitch.request_id': request.id,
      }))
      const origin = { requestId: request.id, step }
      const body = await drain.within(from(origin, () => answer(route, path, request, reply, options, gates)))
      reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store')
      return reply.send(JSON.stringify(body))
    } catch (error) {
      void fail(request, reply, error)
      // What the caller did wrong is no error of this server.
      if (reply.statusCode >= 500) step?.fail(kindOfError(error))
      else step?.note({ 'error.type': kindOfError(error) })
      return reply
    } finally {
      step?.note({ 'http.response.status_code': reply.statusCode })
      step?.end()
      leave()
    }
  }
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)
    app.route({ method, url: '/*', handler: handle })
  app.setNotFoundHandler((request, reply) => fail(request, reply, methodNotAllowed(['GET', 'POST'])))
  return app
}

function traceparentOf({ headers }: FastifyRequest): string | null {
  const { traceparent } = headers
  return typeof traceparent === 'string' ? traceparent : null
}

const CONSOLE = /^\/console(?:[/?]|$)/
/** Headers that say who calls. A request with one of them never rides on the console's cookie (authenticate.ts). */
const CREDENTIALS = ['authorization', 'client-session-token', 'seam-client-session-token', 'seam-publishable-key']

/**
 * Whether a page of another origin says itself who it is, or in a preflight that it will: the SDKs in a browser do so, and
 * have their requests sent with credentials (core.md 1.9). For a request that could ride on a cookie they are never allowed.
 */
function bringsCredential({ method, headers }: FastifyRequest): boolean {
  if (method !== 'OPTIONS') return CREDENTIALS.some((name) => headers[name] !== undefined)
  const asked = String(headers['access-control-request-headers'] ?? '').toLowerCase()
  return asked.split(',').some((name) => CREDENTIALS.includes(name.trim()))
}

/** The path as operations are named: without query and trailing slash. */
function pathOf(request: FastifyRequest): string {
  const url = request.url
  const at = url.indexOf('?')
  const path = at === -1 ? url : url.slice(0, at)
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
}

function methodNotAllowed(methods: readonly string[]): ApiError {
  return new ApiError(405, 'method_not_allowed', `only ${methods.join(',')} accepted`)
}

function unserved(
  path: string,
  request: FastifyRequest,
  published: ContractOperation | undefined,
  notSupported: ReadonlySet<string>,
): ApiError {
  if (published === undefined)
    return new ApiError(404, 'not_found', `${path} is not an operation of this API. GET /openapi.json lists them.`)
  if (!published.methods.includes(request.method)) return methodNotAllowed(published.methods)
  return notSupported.has(path) ? errors.notSupported(path) : errors.notImplemented(path)
}
