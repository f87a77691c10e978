/** Events as they go over the wire (core.md section 11): completed here, written by the store with the change itself. */
import type { Ids } from '../ids.ts'
import type { NewEvent } from './changes.ts'

export interface CompletedEvent {
  event_id: string
  event_type: string
  payload: Record<string, unknown>
  subject_ids: string[]
  occurred_at: string
  created_at: string
}

/** Event types of ours beside those of the published contract (core.md section 14, 9), with their description. */
export const OWN_EVENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['access_method.card_assignment_required', 'An access method representing a physical card requires assignment.'],
  ['webhook.disabled', 'A webhook was disabled because every delivery to it had failed for five days.'],
])

/** A published description as plain text: `[Access Grant](https://...)` -> `Access Grant`. */
export function plainDescription(description: string): string {
  return description.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * Gives an event its id, its times and the ids it can be found by. `now` is the workspace's time in ISO 8601;
 * `descriptions` maps event types to their published one-line description.
 */
export function completeEvent(
  event: NewEvent,
  workspaceId: string,
  now: string,
  ids: Ids,
  descriptions: ReadonlyMap<string, string>,
): CompletedEvent {
  const event_id = ids.uuid()
  const occurred_at = event.occurred_at ?? now
  const description = descriptions.get(event.event_type)
  const payload = {
    event_id,
    event_type: event.event_type,
    workspace_id: workspaceId,
    created_at: now,
    occurred_at,
    ...(description === undefined ? {} : { event_description: description }),
    ...withoutUndefined(event.payload),
  }
  return {
    event_id,
    event_type: event.event_type,
    payload,
    subject_ids: subjectIds(event.payload),
    occurred_at,
    created_at: now,
  }
}

/** Every UUID under a key ending in `_id` or `_ids`. */
function subjectIds(payload: Record<string, unknown>): string[] {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(payload)) {
    if (key.endsWith('_id') && typeof value === 'string' && UUID.test(value)) found.add(value)
    if (key.endsWith('_ids') && Array.isArray(value)) {
      for (const item of value) if (typeof item === 'string' && UUID.test(item)) found.add(item)
    }
  }
  return [...found]
}

function withoutUndefined(payload: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined))
}
