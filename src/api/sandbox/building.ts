/** What the operations on virtual buildings share: who may call them, and how the sandbox's refusals are rendered. */
import { Impossible, NoSuchThing } from '../../sandbox/errors.ts'
import { errors } from '../errors.ts'
import type { JsonSchema } from '../validation.ts'

/** The contract of one of them; `properties` are its parameters, all strings unless said otherwise. */
export function buildingContract(
  response_key: string | null,
  required: readonly string[],
  properties: Record<string, JsonSchema>,
) {
  return {
    methods: ['POST'],
    security: ['api_key', 'pat_with_workspace'],
    response_key,
    request: { type: 'object', properties, required: [...required] },
    documented: false,
  }
}

export const TEXT: JsonSchema = { type: 'string', minLength: 1 }

/** Runs `act`; an id nobody has becomes a 404, a field that cannot be a 400. */
export async function inBuilding<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof NoSuchThing) throw errors.notFound(error.resource, error.data)
    if (error instanceof Impossible) throw errors.invalidField(error.field, error.message)
    throw error
  }
}
