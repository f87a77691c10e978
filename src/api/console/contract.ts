/** What the operations of the console share. They are outside the published contract, and answer POST alone. */
import { ApiError } from '../errors.ts'
import type { Call, Caller } from '../operation.ts'
import type { JsonSchema } from '../validation.ts'

/** Who may call: a signed-in user, the same in a workspace, or anybody who proves in the request who they are. */
const SECURITY = {
  user: ['console_session_without_workspace'],
  member: ['console_session_with_workspace'],
  anyone: [],
} as const

export function consoleContract(
  who: keyof typeof SECURITY,
  response_key: string | null,
  required: readonly string[] = [],
  properties: Record<string, JsonSchema> = {},
) {
  return {
    methods: ['POST'],
    security: [...SECURITY[who]],
    response_key,
    request: { type: 'object', properties, required: [...required] },
    documented: false,
  }
}

export const TEXT: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 }
export const EMAIL: JsonSchema = { type: 'string', format: 'email', maxLength: 320 }
/** Longer ones are refused with words of their own (store/passwords.ts). */
export const PASSWORD: JsonSchema = { type: 'string', minLength: 1, maxLength: 1000 }
export const ID: JsonSchema = { type: 'string', format: 'uuid' }

type SignedIn = Extract<Caller, { consoleSession: unknown }>

/** Who is signed in. Routes of `consoleContract('user' | 'member')` are called by nobody else. */
export function signedIn({ caller }: Call): SignedIn {
  if (!('consoleSession' in caller)) throw new ApiError(401, 'unauthorized', 'Unauthorized: sign in to the console.')
  return caller
}
