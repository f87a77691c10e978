/** The group of one door, for access to it that hangs on no credential (access-systems.md section 5, grant_access). */
import type { Ids } from '../../ids.ts'
import type { ChangeSet } from '../changes.ts'
import type { AcsAccessGroupRecord, AcsEntranceRecord } from '../records.ts'
import { dirty } from './acs-user.ts'

/** Unique per system: two callers racing for one door's group get one group. */
export function entranceGroupKey(entrance: Pick<AcsEntranceRecord, 'acs_entrance_id'>): string {
  return `entrance:${entrance.acs_entrance_id}`
}

/** The standing group, or a new one; the command is right only while a standing one stands. */
export function joinEntranceGroup(
  changes: ChangeSet,
  entrance: AcsEntranceRecord,
  standing: AcsAccessGroupRecord | undefined,
  ids: Ids,
  now: string,
): AcsAccessGroupRecord {
  if (standing !== undefined && !standing.is_deleting) {
    const { acs_access_group_id, version } = standing
    changes.expect('acs_access_group', { acs_access_group_id, version })
    return standing
  }
  const { workspace_id, acs_system_id, connected_account_id, acs_entrance_id, display_name } = entrance
  const group: AcsAccessGroupRecord = {
    workspace_id,
    acs_access_group_id: ids.uuid(),
    acs_system_id,
    connected_account_id,
    external_id: null,
    name: `Access to ${display_name}`,
    external_type: null,
    is_managed: true,
    managed_key: entranceGroupKey(entrance),
    acs_entrance_ids: [acs_entrance_id],
    starts_at: null,
    ends_at: null,
    is_deleting: false,
    reported: null,
    ...dirty(now),
    errors: [],
    warnings: [],
    created_at: now,
    version: 1,
  }
  changes.insert('acs_access_group', group)
  changes.job('provision', acs_system_id, now)
  return group
}
