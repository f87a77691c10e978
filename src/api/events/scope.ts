/** What the caller may see of a workspace's events. */
import { scopeOf, type EventScope } from '../../store/events.ts'
import type { Call } from '../operation.ts'

/** The caller's part of the workspace; undefined for callers that see all of it. */
export async function scopeOfCaller(call: Call): Promise<EventScope | undefined> {
  const { caller, services } = call
  const isSession = caller.kind === 'client_session' || caller.kind === 'client_session_with_customer'
  return isSession ? scopeOf(services.store, caller.session) : undefined
}
