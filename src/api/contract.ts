/** The published contract as the server reads it: generated from `@seamapi/types` (see contract/README.md). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { OWN_EVENT_TYPES } from '../domain/events.ts'
import type { JsonSchema } from './validation.ts'

/** One operation of the contract. */
export interface ContractOperation {
  /** HTTP methods it answers; POST always. */
  methods: string[]
  /** Names of the kinds of credential that may call it. */
  security: string[]
  response_key: string | null
  request: JsonSchema | null
  paginated: boolean
  documented: boolean
}

export interface Contract {
  operations: ReadonlyMap<string, ContractOperation>
  /** Paths outside Lockstitch's scope (thermostats, noise sensors). */
  notSupported: ReadonlySet<string>
  /** Event type -> its one-line description in Markdown; the published ones and those of ours. */
  eventTypes: ReadonlyMap<string, string>
  /** The OpenAPI document, with `baseUrl` as its server. */
  openapi(baseUrl: string): string
}

/** Reads the generated contract from `folder`. */
export function readContract(folder: string): Contract {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const operations = withOwnEventTypes(read('operations.json') as Record<string, ContractOperation>)
  return {
    operations: new Map(Object.entries(operations)),
    notSupported: new Set(read('not_supported.json') as string[]),
    eventTypes: new Map([...Object.entries(read('event_types.json') as Record<string, string>), ...OWN_EVENT_TYPES]),
    openapi(baseUrl) {
      const document = read('openapi.json') as { servers: { url: string }[] }
      return JSON.stringify({ ...document, servers: [{ url: baseUrl }] })
    },
  }
}

/** Lets filters name the event types that Lockstitch adds to the published ones. */
function withOwnEventTypes(operations: Record<string, ContractOperation>): Record<string, ContractOperation> {
  const properties = operations['/events/list']?.request?.['properties'] as Record<string, JsonSchema> | undefined
  const enums = [properties?.['event_type'], properties?.['event_types']?.['items'] as JsonSchema | undefined]
  for (const schema of enums) {
    const values = schema?.['enum'] as string[] | undefined
    for (const type of OWN_EVENT_TYPES.keys()) if (values?.includes(type) === false) values.push(type)
  }
  return operations
}
