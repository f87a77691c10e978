/** How a workspace's Connect Webviews look: merged key by key, null clears one. */
import type { Json } from '../../domain/records.ts'

export function mergeCustomization(before: Json, given: Json): Json {
  const merged = Object.entries({ ...before, ...given }).filter(([, value]) => value !== null && value !== undefined)
  return Object.fromEntries(merged)
}
