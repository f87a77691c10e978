/**
 * `/openapi.json`: the published description, and beside it the operations that Lockstitch adds, described from the
 * contracts they declare (routes of http.ts). Published operations that are not served say so.
 */
import type { Contract, ContractOperation } from './contract.ts'
import type { JsonSchema } from './validation.ts'

interface Document {
  info: Record<string, unknown>
  paths: Record<string, Record<string, Record<string, unknown>>>
  [field: string]: unknown
}

const NOT_SERVED = 'Not served by this server: it answers 501 `not_implemented`.'
const NOT_OURS = 'Outside the scope of this server: it answers 501 `not_supported`.'

/**
 * @param served the contract of every operation that is served, by path
 * @param descriptions what the added ones do, by path, from the comments in the sources (scripts/build-pages.mjs)
 */
export function describe(
  contract: Contract,
  served: ReadonlyMap<string, ContractOperation>,
  baseUrl: string,
  descriptions: ReadonlyMap<string, string>,
): string {
  const document = JSON.parse(contract.openapi(baseUrl)) as Document
  for (const [path, item] of Object.entries(document.paths)) {
    const note = served.has(path) ? undefined : contract.notSupported.has(path) ? NOT_OURS : NOT_SERVED
    for (const method of Object.values(item)) {
      method['tags'] = [groupOf(path)]
      if (note === undefined) continue
      method['description'] = `**${note}**\n\n${(method['description'] as string | undefined) ?? ''}`
      method['x-not-served'] = true
    }
  }
  for (const [path, operation] of served) {
    if (path in document.paths) continue
    document.paths[path] = ownItem(path, operation, descriptions.get(path))
  }
  document.paths = Object.fromEntries(Object.entries(document.paths).sort(([a], [b]) => (a < b ? -1 : 1)))
  const groups = new Set(Object.keys(document.paths).map(groupOf))
  return JSON.stringify({ ...document, tags: [...groups].map((name) => ({ name })) })
}

/** What an operation is about: its path without the verb. */
function groupOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || path
}

function ownItem(path: string, contract: ContractOperation, description = ''): Record<string, Record<string, unknown>> {
  const id = path
    .split(/[/_]/)
    .filter(Boolean)
    .map((word, i) => (i === 0 ? word : word[0]?.toUpperCase() + word.slice(1)))
    .join('')
  const { response_key, security } = contract
  const answer = response_key === null ? {} : { [response_key]: {} }
  const item = {
    summary: path,
    description: `${description}\n\n*An addition of Lockstitch, outside the published API.*`.trim(),
    tags: [groupOf(path)],
    security: security.filter((kind) => kind !== 'anyone').map((kind) => ({ [kind]: [] })),
    'x-title': firstSentence(description),
    'x-response-key': response_key,
    'x-lockstitch': true,
    responses: {
      200: {
        description: 'OK',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: { ...answer, ok: { type: 'boolean' } },
              required: [...Object.keys(answer), 'ok'],
            },
          },
        },
      },
      400: { description: 'Bad Request' },
      ...(security.includes('anyone') ? {} : { 401: { description: 'Unauthorized' } }),
    },
  }
  return Object.fromEntries(
    contract.methods.map((method) => [
      method.toLowerCase(),
      {
        ...item,
        operationId: `${id}${method[0]}${method.slice(1).toLowerCase()}`,
        ...(contract.request === null || method === 'GET'
          ? {}
          : { requestBody: { content: { 'application/json': { schema: toOpenApi(contract.request) } } } }),
      },
    ]),
  )
}

function firstSentence(text: string): string {
  return text.split(/[.:;](?:\s|$)/)[0]?.replaceAll(/\s+/g, ' ') ?? ''
}

/** JSON Schema as OpenAPI 3.0 writes it: "or null" is `nullable`, a constant a list of one. */
function toOpenApi(schema: JsonSchema): JsonSchema {
  const out: JsonSchema = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'type' && Array.isArray(value)) {
      const types = value.filter((one) => one !== 'null')
      if (types.length === 1) out['type'] = types[0] as string
      else out['anyOf'] = types.map((type) => ({ type: type as string }))
      if (types.length < value.length) out['nullable'] = true
    } else if (key === 'const') out['enum'] = [value]
    else if (key === '$defs') continue
    else if (key === 'properties')
      out[key] = Object.fromEntries(
        Object.entries(value as Record<string, JsonSchema>).map(([name, one]) => [name, toOpenApi(one)]),
      )
    else if (key === 'items' && !Array.isArray(value)) out[key] = toOpenApi(value as JsonSchema)
    else if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') out[key] = (value as JsonSchema[]).map(toOpenApi)
    else out[key] = value
  }
  return out
}
