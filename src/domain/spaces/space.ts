/** Spaces: a named set of entrances and devices (core.md section 5). */
import type { Ids } from '../../ids.ts'
import type { ChangeSet } from '../changes.ts'
import type { Json, SpaceRecord } from '../records.ts'

export interface SpaceInput {
  name: string
  space_key?: string | null
  customer_key?: string | null
  customer_data?: Json | null
  acs_entrance_ids?: string[]
  device_ids?: string[]
  connected_account_ids?: string[]
}

/** A new space, not written yet. */
export function newSpace(workspaceId: string, input: SpaceInput, ids: Ids, now: string): SpaceRecord {
  return {
    workspace_id: workspaceId,
    space_id: ids.uuid(),
    space_key: input.space_key ?? null,
    name: input.name,
    parent_space_id: null,
    customer_key: input.customer_key ?? null,
    customer_data: mergeCustomerData(null, input.customer_data ?? {}),
    geolocation: null,
    acs_entrance_ids: input.acs_entrance_ids ?? [],
    device_ids: input.device_ids ?? [],
    connected_account_ids: input.connected_account_ids ?? [],
    created_at: now,
    version: 1,
  }
}

/** Inserts the space with its event. */
export function addSpace(changes: ChangeSet, space: SpaceRecord): ChangeSet {
  return changes.insert('space', space).event('space.created', spaceEventPayload(space))
}

/** Space events carry the full lists of members. */
export function spaceEventPayload(
  space: Pick<SpaceRecord, 'space_id' | 'space_key' | 'acs_entrance_ids' | 'device_ids'>,
): Json {
  return {
    space_id: space.space_id,
    ...(space.space_key === null ? {} : { space_key: space.space_key }),
    acs_entrance_ids: space.acs_entrance_ids,
    device_ids: space.device_ids,
  }
}

/** Merged key by key; null clears one. Null when nothing is left. */
export function mergeCustomerData(before: Json | null, given: Json): Json | null {
  const merged = Object.entries({ ...before, ...given }).filter(([, value]) => value !== null && value !== undefined)
  return merged.length === 0 ? null : Object.fromEntries(merged)
}

export type MemberField = 'acs_entrance_ids' | 'device_ids' | 'connected_account_ids'
export type Members = Pick<SpaceRecord, MemberField>

/** The members with some added or taken out; the same list when nothing changes. */
export function withMembers(
  current: readonly string[],
  change: { add?: readonly string[]; remove?: readonly string[] },
): string[] {
  const { add = [], remove = [] } = change
  return [...new Set([...current, ...add])].filter((id) => !remove.includes(id))
}

/** Whether two lists hold the same members. */
export function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id))
}
