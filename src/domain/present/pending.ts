/**
 * Pending mutations on the wire are the gap between the wish (the row) and what the system reported (`reported`), so
 * that they can neither be forgotten nor left standing (access-systems.md section 3).
 */
import type { Json, PendingMutation, Problem, Provisioned } from '../records.ts'

type Pushed = Provisioned & { created_at: string }

/** Since when the wish of a row waits for its system. */
export function waitingSince(row: Pushed): string {
  return row.dirty_since ?? row.created_at
}

export function mutation(row: Pushed, mutation_code: string, message: string, more: Json = {}): PendingMutation {
  return { created_at: waitingSince(row), message, mutation_code, ...more }
}

/** The mutation of a change of some fields, with the fields that differ; null when none does. */
export function fieldsMutation(
  row: Pushed,
  mutation_code: string,
  message: string,
  from: Json,
  to: Json,
  all = false,
): PendingMutation | null {
  const changed = Object.keys(to).filter((key) => (from[key] ?? null) !== (to[key] ?? null))
  if (changed.length === 0) return null
  const shown = all ? Object.keys(to) : changed
  const pick = (values: Json): Json => Object.fromEntries(shown.map((key) => [key, values[key] ?? null]))
  return mutation(row, mutation_code, message, { from: pick(from), to: pick(to) })
}

/** One mutation per id that came or went. */
export function membershipMutations(
  row: Pushed,
  mutation_code: string,
  field: string,
  before: readonly string[],
  after: readonly string[],
  message: (isAdding: boolean) => string,
): PendingMutation[] {
  const added = after.filter((id) => !before.includes(id))
  const removed = before.filter((id) => !after.includes(id))
  return [
    ...added.map((id) => mutation(row, mutation_code, message(true), { from: { [field]: null }, to: { [field]: id } })),
    ...removed.map((id) =>
      mutation(row, mutation_code, message(false), { from: { [field]: id }, to: { [field]: null } }),
    ),
  ]
}

/**
 * Whether a user waits for nothing but the time of a group to come: the system has taken all that is due, and is told of
 * the rest when it begins (where groups have no times of their own).
 */
export function waitsForTime(user: Pick<Provisioned, 'is_dirty' | 'retry_at' | 'attempts' | 'reported'>): boolean {
  return user.is_dirty && user.reported !== null && user.retry_at !== null && user.attempts === 0
}

export function textList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

/** The warnings of a row, and `being_deleted` while its deletion is under way. */
export function warningsOf(row: Pushed & { warnings: Problem[] }, what: string): Problem[] {
  if (!row.is_deleting) return row.warnings
  const message = `This ${what} is being deleted from the access system.`
  return [...row.warnings, { created_at: waitingSince(row), warning_code: 'being_deleted', message }]
}

/** A row's provider metadata under its wire key, if it has any. */
export function providerMetadata(metadata: Json, key: string | undefined): Json {
  if (key === undefined || metadata[key] === undefined) return {}
  return { [key]: metadata[key] }
}
