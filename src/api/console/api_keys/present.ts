import type { ListedApiKey } from '../../../store/keys.ts'

/** An API key without its secret; `created_by` is the user_id of who made it in the console. */
export function presentApiKey({ id, ...key }: ListedApiKey): Record<string, unknown> {
  return { api_key_id: id, ...key }
}
