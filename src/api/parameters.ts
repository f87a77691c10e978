/** The parameters of a request, as they came: from the query, and from a body of JSON. */
import type { FastifyRequest } from 'fastify'
import type { ContractOperation } from './contract.ts'
import { ApiError, errors } from './errors.ts'
import { excess } from './limits.ts'
import { parseQuery, refuseUnstorable, type Params } from './validation.ts'

/** A body may have so many bytes. */
export const BODY_LIMIT = 1024 * 1024

/** GET and DELETE: query and a JSON body if there is one; the rest: the JSON body over the query (core.md 1.1). */
export async function readParams(contract: ContractOperation, request: FastifyRequest): Promise<Params> {
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
    if (size > BODY_LIMIT) throw payloadTooLarge()
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function payloadTooLarge(): ApiError {
  return new ApiError(413, 'payload_too_large', 'The body is larger than 1 MiB.')
}
