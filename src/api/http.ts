/**
 * The HTTP face: every operation of the contract on every verb it lists, the envelopes, the error catalogue, request
 * ids and CORS (core.md section 1). Handlers see checked parameters and a {@link Call}.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { toIso, workspaceNow } from '../clock.ts'
import type { Author } from '../domain/audit/author.ts'
import type { ChangeSet } from '../domain/changes.ts'
import type { WorkspaceRecord } from '../domain/records.ts'
import { kindOfId } from '../store/kinds.ts'
import { ConstraintViolation, isStoreUnavailable, Stale, type Decision } from '../store/store.ts'
import { authenticate, UnknownToken } from './authenticate.ts'
import type { ContractOperation } from './contract.ts'
import { Drain } from './drain.ts'
import { ApiError, errors } from './errors.ts'
import { compileHints, type Hints, type RequestWarning } from './hints.ts'
import { answerLost, Idempotency, readIdempotencyKey } from './idempotency.ts'
import type { Answer, Call, Caller, Operation, Services } from './operation.ts'
import { addressOf, excess, Guesses, PerMinute, refuseUntil, Turnstile } from './limits.ts'
import { isUuid } from './people.ts'
import { forRequest } from '../trace.ts'
import { compileParams, parseQuery, refuseUnstorable, type Params } from './validation.ts'

const ALLOWED_HEADERS = [
  'x-csrf-token, x-requested-with, accept, accept-version, content-length, content-md5, content-type, date, x-api-version, authorization, user-agent',
  'seam-workspace, seam-lts-version, seam-sdk-name, seam-sdk-version, seam-publishable-key, seam-client-session-token, client-session-token',
  'seam-api-key, seam-user-identifier-key, idempotency-key',
].join(', ')
const METHODS = 'GET, POST, PUT, PATCH, DELETE, OPTIONS'
const BODY_LIMIT = 1024 * 1024
/** Unknown keys and tokens from one address within ten minutes: more are not even looked up one after the other. */
const MOST_WRONG_TOKENS = 100

/** A page or file served beside the operations (the Instant Key page). */
export interface Page {
  matches(path: string): boolean
  serve(path: string, request: FastifyRequest, reply: FastifyReply): Promise<void>
}

export interface HttpOptions {
  services: Services
  operations: readonly Operation[]
  pages: readonly Page[]
  /** Tests look at every answer of an operation before it is sent. */
  onAnswer?: ((path: string, body: Record<string, unknown>) => void) | undefined
}

interface Route {
  operation: Operation
  contract: ContractOperation
  check: (params: Params) => void
  hints: (params: Params) => Hints | null
}

/** What this server takes on (limits.ts). */
interface Gates {
  turnstile: Turnstile
  requests: PerMinute
  unlocks: PerMinute
  wrongTokens: Guesses
}

export function createHttp(options: HttpOptions): FastifyInstance {
  const { services } = options
  const { contract, ids, log } = services
  const routes = buildRoutes(options)
  const gates: Gates = {
    turnstile: new Turnstile(services.limits.requestsAtOnce),
    requests: new PerMinute(services.limits.requestsPerMinute),
    unlocks: new PerMinute(services.limits.unlocksPerMinute),
    wrongTokens: new Guesses(MOST_WRONG_TOKENS),
  }
  let openapi: string | null = null

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
    reply.header('access-control-allow-origin', origin ?? '*')
    reply.header('vary', 'Origin')
    if (origin !== undefined) reply.header('access-control-allow-credentials', 'true')
    reply.header('access-control-allow-methods', METHODS)
    reply.header('access-control-allow-headers', ALLOWED_HEADERS)
    reply.header('access-control-expose-headers', 'seam-request-id, idempotency-replayed, retry-after')
    done()
  })

  app.addHook('onSend', (_request, reply, payload, done) => {
    if (drain.isStopping) reply.header('connection', 'close')
    done(null, payload)
  })

  app.addHook('onResponse', (request, reply, done) => {
    const path = pathOf(request)
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
    try {
      if (request.method === 'OPTIONS') return reply.code(200).send()
      if (path.startsWith('/health')) {
        const health = await services.readiness.answerTo(path)
        if (health !== null) return reply.code(health.status).send(health.body)
      }
      leave = gates.turnstile.enter()
      if (path === '/openapi.json' && request.method === 'GET') {
        openapi ??= contract.openapi(services.publicUrl)
        return reply.header('content-type', 'application/json; charset=utf-8').send(openapi)
      }
      for (const page of options.pages) {
        if (page.matches(path)) {
          await page.serve(path, request, reply)
          return reply
        }
      }
      const route = routes.get(path)
      if (route === undefined) throw unserved(path, request, contract.operations.get(path), contract.notSupported)
      if (!route.contract.methods.includes(request.method)) throw methodNotAllowed(route.contract.methods)
      const body = await drain.within(forRequest(request.id, () => answer(route, path, request, reply, options, gates)))
      reply.header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store')
      return reply.send(JSON.stringify(body))
    } catch (error) {
      return fail(request, reply, error)
    } finally {
      leave()
    }
  }
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)
    app.route({ method, url: '/*', handler: handle })
  app.setNotFoundHandler((request, reply) => fail(request, reply, methodNotAllowed(['GET', 'POST'])))
  return app
}

function buildRoutes(options: HttpOptions): Map<string, Route> {
  const routes = new Map<string, Route>()
  for (const operation of options.operations) {
    const published = options.services.contract.operations.get(operation.path)
    const base: ContractOperation = published ?? {
      methods: ['POST'],
      security: ['api_key', 'pat_with_workspace'],
      response_key: null,
      request: null,
      paginated: false,
      documented: false,
    }
    const contract = { ...base, ...operation.contract }
    if (published === undefined && operation.contract === undefined)
      throw new Error(`${operation.path} is not in the contract and declares none`)
    if (routes.has(operation.path)) throw new Error(`${operation.path} is declared twice`)
    routes.set(operation.path, {
      operation,
      contract,
      check: compileParams(contract.request),
      hints: compileHints(operation.path, contract.request, operation.accepts),
    })
  }
  return routes
}

async function answer(
  route: Route,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
  options: HttpOptions,
  gates: Gates,
): Promise<Record<string, unknown>> {
  const { services } = options
  const raw = await readParams(route.contract, request)
  const caller = await signIn(request, raw, path, route.contract, services, gates)
  const workspace = 'workspaceId' in caller ? await services.workspaces.get(caller.workspaceId) : undefined
  if ('workspaceId' in caller && workspace === undefined)
    throw errors.unauthorized('Unauthorized (workspace not found)', 'workspace_not_found')
  if (route.operation.isSandboxOnly === true && workspace?.is_sandbox !== true) throw errors.notSandbox()
  const params = route.operation.normalize?.(raw) ?? raw
  const hints = route.hints(params)
  if (hints !== null && hints.misspelt.length > 0) throw errors.invalidInput(...hints.misspelt)
  route.check(params)
  if (workspace?.is_sandbox === false) limitRates(route.operation, params, caller, workspace, services, gates)
  const warnings: RequestWarning[] = hints?.warnings ?? []
  const nowMs = workspace === undefined ? services.clock.now() : workspaceNow(services.clock, workspace)
  // What only reads may be asked for again anyway.
  const key = route.contract.methods.includes('GET') ? null : readIdempotencyKey(request.headers['idempotency-key'])
  const about = { key: key ?? '', path, method: request.method, params }
  const idempotency = key === null ? null : await Idempotency.begin(services, caller, about, nowMs)
  const replayed = idempotency?.answer ?? null
  if (replayed !== null) {
    reply.header('idempotency-replayed', 'true')
    return replayed
  }
  const call = makeCall(path, request, caller, workspace, services, warnings, nowMs, idempotency)
  let result: Answer
  try {
    result = await route.operation.handle(params as never, call)
  } catch (error) {
    if (idempotency?.hasEffects !== true || !(error instanceof ApiError)) throw await withOtherKind(error, call)
    // An earlier run did it: what it was about may be gone by now, as it should be after a deletion.
    if (error.status !== 404 || route.contract.response_key !== null) throw answerLost()
  }
  const body: Record<string, unknown> = { ...result, ok: true, ...(warnings.length === 0 ? {} : { warnings }) }
  options.onAnswer?.(path, body)
  return idempotency === null ? body : idempotency.keep(body)
}

/** Who calls. Wrong keys and tokens are counted: who sends many is told to wait, right ones always pass. */
async function signIn(
  request: FastifyRequest,
  params: Params,
  path: string,
  contract: ContractOperation,
  services: Services,
  gates: Gates,
): Promise<Caller> {
  try {
    return await authenticate(request.headers, params, path, contract.security, services)
  } catch (error) {
    if (!(error instanceof UnknownToken)) throw error
    const address = addressOf(request.ip, request.headers)
    const now = services.clock.now()
    refuseUntil(
      gates.wrongTokens.waitMs(address, now),
      'Too many keys and tokens that do not exist came from this address. Check the key, and try again later.',
    )
    gates.wrongTokens.wrong(address, now)
    throw error
  }
}

/** @throws ApiError 429 when the caller, or the door, has had its share of the minute (core.md 1.10; not in sandboxes) */
function limitRates(
  operation: Operation,
  params: Params,
  caller: Caller,
  { workspace_id }: WorkspaceRecord,
  { clock, limits }: Services,
  gates: Gates,
): void {
  const who = 'session' in caller ? caller.session.client_session_id : 'userId' in caller ? caller.userId : caller.kind
  refuseUntil(
    gates.requests.take(`${workspace_id} ${who}`, clock.now()),
    `More than ${String(limits.requestsPerMinute)} requests a minute (LOCKSTITCH_REQUESTS_PER_MINUTE). Nothing was done: wait as retry-after says.`,
  )
  const door = params['acs_entrance_id']
  if (operation.opensDoor !== true || typeof door !== 'string') return
  refuseUntil(
    gates.unlocks.take(`${workspace_id} ${door.toLowerCase()}`, clock.now()),
    `This door was unlocked from afar ${String(limits.unlocksPerMinute)} times within a minute (LOCKSTITCH_UNLOCKS_PER_MINUTE). Nothing was done: wait as retry-after says.`,
  )
}

/** An id that was not found may be that of something else: callers who see the whole workspace are told of what. */
async function withOtherKind(error: unknown, call: Call): Promise<unknown> {
  const { kind } = call.caller
  if (!(error instanceof ApiError) || error.status !== 404 || (kind !== 'api_key' && kind !== 'pat_with_workspace'))
    return error
  const resource = error.type.replace(/_not_found$/, '')
  const [named] = Object.entries(error.data ?? {})
  if (named === undefined || typeof named[1] !== 'string' || !isUuid(named[1])) return error
  const found = await kindOfId(call.services.store, call.workspaceId, named[1].toLowerCase())
  // A person without a user in a system is named rightly: what is missing is the user.
  if (found === undefined || found === resource || named[0].endsWith(`${found}_id`)) return error
  return errors.notFound(resource, error.data ?? {}, found)
}

function makeCall(
  path: string,
  request: FastifyRequest,
  caller: Caller,
  workspace: WorkspaceRecord | undefined,
  services: Services,
  warnings: RequestWarning[],
  nowMs: number,
  idempotency: Idempotency | null,
): Call {
  const { store } = services
  const now = toIso(nowMs)
  const author = authorOf(caller, path)
  const required = (): WorkspaceRecord => {
    if (workspace === undefined)
      throw errors.unauthorized('Unauthorized: name the workspace in the header seam-workspace.')
    return workspace
  }
  /** Where commands are written; a user without a workspace has only records of what was asked for. */
  const home = (): string => (caller.kind === 'pat_without_workspace' ? caller.userId : required().workspace_id)
  return {
    path,
    method: request.method,
    address: request.ip,
    requestId: request.id,
    caller,
    headers: request.headers as Record<string, string | undefined>,
    services,
    get workspace() {
      return required()
    },
    get workspaceId() {
      return required().workspace_id
    },
    nowMs,
    now,
    author,
    tell(warning: RequestWarning): void {
      // A decision may be made again after a race.
      if (!warnings.some((one) => one.message === warning.message)) warnings.push(warning)
    },
    decide<T>(decision: () => Promise<Decision<T>>): Promise<T> {
      const decide = (wrapped: typeof decision): Promise<T> => store.decide(home(), () => now, wrapped, null, author)
      return idempotency === null ? decide(decision) : idempotency.decide(decide, decision)
    },
    write(changes: ChangeSet): Promise<void> {
      const write = (all: ChangeSet): Promise<void> => store.write(home(), now, all, null, author)
      return idempotency === null ? write(changes) : idempotency.write(changes, write)
    },
  }
}

/** Whom the audit log names: keys, tokens and sessions by their ids. */
function authorOf(caller: Caller, action: string): Author {
  switch (caller.kind) {
    case 'api_key':
      return { actor: { kind: 'api_key', id: caller.apiKeyId }, action }
    case 'pat_with_workspace':
    case 'pat_without_workspace':
      return { actor: { kind: 'personal_access_token', id: caller.tokenId, user_id: caller.userId }, action }
    case 'client_session':
    case 'client_session_with_customer':
      return { actor: { kind: 'client_session', id: caller.session.client_session_id }, action }
    default:
      return { actor: { kind: caller.kind, id: caller.kind }, action }
  }
}

/** GET and DELETE: query and a JSON body if there is one; the rest: the JSON body over the query (core.md 1.1). */
async function readParams(contract: ContractOperation, request: FastifyRequest): Promise<Params> {
  const url = request.url
  const at = url.indexOf('?')
  const query = at === -1 ? {} : parseQuery(url.slice(at + 1), contract.request)
  if (url.includes('%00')) refuseUnstorable(query)
  const text = request.method === 'GET' ? await bodyOfGet(request) : ((request.body ?? '') as string)
  if (text.trim() === '') return query
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/([\w.-]+\+)?json\b/i.test(type)) {
    throw new ApiError(
      400,
      'invalid_content_type',
      `${request.method} requests must have Content-Type header with "application/json"`,
    )
  }
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    throw errors.invalidInput({ path: [], message: 'Malformed JSON: the body could not be read' })
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw errors.invalidInput({ path: [], message: 'The body must be a JSON object' })
  const tooMuch = excess(body)
  if (tooMuch !== null) throw errors.invalidInput(tooMuch)
  const given = body as Params
  if (/\\u(0000|d[89a-f])/i.test(text)) refuseUnstorable(given)
  delete given['_strict']
  return at === -1 ? given : { ...query, ...given }
}

/** Fastify leaves the body of a GET unread; the documents send one with `curl -d`. */
async function bodyOfGet(request: FastifyRequest): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) === 0) return ''
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request.raw) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size > BODY_LIMIT) throw new ApiError(413, 'payload_too_large', 'The body is larger than 1 MiB.')
  }
  return Buffer.concat(chunks).toString('utf8')
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

/** What Fastify itself refuses, in our words. */
function fromFastify(error: unknown): unknown {
  const code = (error as { code?: string }).code
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new ApiError(413, 'payload_too_large', 'The body is larger than 1 MiB.')
  const status = (error as { statusCode?: number }).statusCode
  if (status !== undefined && status >= 400 && status < 500)
    return new ApiError(status, 'invalid_input', (error as Error).message)
  return error
}

function asApiError(error: unknown): ApiError | null {
  if (error instanceof ApiError) return error
  if (isStoreUnavailable(error))
    return new ApiError(503, 'service_unavailable', 'The database cannot be reached. Try again shortly.')
  if (error instanceof Stale || error instanceof ConstraintViolation) {
    return new ApiError(409, 'conflict', 'Other requests keep changing the same resources. Try again.')
  }
  return null
}

function errorBody(error: ApiError, requestId: string): Record<string, unknown> {
  return {
    error: {
      type: error.type,
      message: error.message,
      ...error.extra,
      ...(error.data === undefined ? {} : { data: error.data }),
      ...(error.validationErrors === undefined ? {} : { validation_errors: error.validationErrors }),
      request_id: requestId,
    },
    ok: false,
  }
}
