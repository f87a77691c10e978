/**
 * The path of a request through its operation: parameters, who calls, the checks of the contract, an `Idempotency-Key`,
 * the handler, the envelope.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { workspaceNow } from '../clock.ts'
import { kindOfId } from '../store/kinds.ts'
import { makeCall } from './call.ts'
import type { Contract, ContractOperation } from './contract.ts'
import { ApiError, errors } from './errors.ts'
import type { Gates } from './gates.ts'
import { compileHints, type Hints, type RequestWarning } from './hints.ts'
import { answerLost, Idempotency, readIdempotencyKey } from './idempotency.ts'
import type { Answer, Call, Operation, Services } from './operation.ts'
import { readParams } from './parameters.ts'
import { isUuid } from './people.ts'
import { compileParams, type Params } from './validation.ts'

export interface Route {
  operation: Operation
  contract: ContractOperation
  check: (params: Params) => void
  hints: (params: Params) => Hints | null
}

export interface AnswerOptions {
  services: Services
  /** Tests look at every answer of an operation before it is sent. */
  onAnswer?: ((path: string, body: Record<string, unknown>) => void) | undefined
}

/** @throws Error when an operation is declared twice or has no contract */
export function buildRoutes(operations: readonly Operation[], { operations: published }: Contract): Map<string, Route> {
  const routes = new Map<string, Route>()
  for (const operation of operations) {
    const known = published.get(operation.path)
    const base: ContractOperation = known ?? {
      methods: ['POST'],
      security: ['api_key', 'pat_with_workspace'],
      response_key: null,
      request: null,
      paginated: false,
      documented: false,
    }
    const contract = { ...base, ...operation.contract }
    if (known === undefined && operation.contract === undefined)
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

/** The answer of an operation, `ok` included. @throws ApiError and whatever else went wrong */
export async function answer(
  route: Route,
  path: string,
  request: FastifyRequest,
  reply: FastifyReply,
  options: AnswerOptions,
  gates: Gates,
): Promise<Record<string, unknown>> {
  const { services } = options
  const raw = await readParams(route.contract, request)
  const caller = await gates.signIn(request, raw, path, route.contract.security)
  const workspace = 'workspaceId' in caller ? await services.workspaces.get(caller.workspaceId) : undefined
  if ('workspaceId' in caller && workspace === undefined)
    throw errors.unauthorized('Unauthorized (workspace not found)', 'workspace_not_found')
  if (route.operation.isSandboxOnly === true && workspace?.is_sandbox !== true) throw errors.notSandbox()
  const params = route.operation.normalize?.(raw) ?? raw
  const hints = route.hints(params)
  if (hints !== null && hints.misspelt.length > 0) throw errors.invalidInput(...hints.misspelt)
  route.check(params)
  gates.limitRates(route.operation, params, caller, workspace)
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
  const call = makeCall(path, request, reply, caller, workspace, services, warnings, nowMs, idempotency)
  let result: Answer
  try {
    result = await route.operation.handle(params as never, call)
  } catch (error) {
    if (idempotency !== null && error instanceof ApiError && !idempotency.hasEffects) {
      // Of two that came at once the other has done it since: what this one did not find is gone as both wished.
      await idempotency.lookAgain()
      if (idempotency.answer !== null) {
        reply.header('idempotency-replayed', 'true')
        return idempotency.answer
      }
    }
    if (idempotency?.hasEffects !== true || !(error instanceof ApiError)) throw await withOtherKind(error, call)
    // An earlier run did it: what it was about may be gone by now, as it should be after a deletion.
    if (error.status !== 404 || route.contract.response_key !== null) throw answerLost()
  }
  const body: Record<string, unknown> = { ...result, ok: true, ...(warnings.length === 0 ? {} : { warnings }) }
  options.onAnswer?.(path, body)
  return idempotency === null ? body : idempotency.keep(body)
}

/** An id that was not found may be that of something else: callers who see the whole workspace are told of what. */
async function withOtherKind(error: unknown, call: Call): Promise<unknown> {
  const { kind } = call.caller
  const seesAll = kind === 'api_key' || kind === 'pat_with_workspace' || kind === 'console_session_with_workspace'
  if (!(error instanceof ApiError) || error.status !== 404 || !seesAll) return error
  const resource = error.type.replace(/_not_found$/, '')
  const [named] = Object.entries(error.data ?? {})
  if (named === undefined || typeof named[1] !== 'string' || !isUuid(named[1])) return error
  const found = await kindOfId(call.services.store, call.workspaceId, named[1].toLowerCase())
  // A person without a user in a system is named rightly: what is missing is the user.
  if (found === undefined || found === resource || named[0].endsWith(`${found}_id`)) return error
  return errors.notFound(resource, error.data ?? {}, found)
}
