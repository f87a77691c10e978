/** Who may enter: a person in an access level. A unit alone only records what was rented. */
import type { AppliedChange } from '../../kit/driver.ts'
import type { VirtualTransaction } from '../../kit/virtual.ts'
import { KIND, type VirtualGroup, type VirtualUser } from '../../kit/virtual/records.ts'
import { definition } from '../definition.ts'

/** The kind of group that opens nothing. */
export const UNIT = definition.types.otherGroups[0].type

/** The published models have no code of their own for PTI's `pti_access_level_not_assigned` (access-systems.md section 3). */
const INACTIVE = {
  warning_code: 'acs_user_inactive',
  message:
    'pti_access_level_not_assigned: a PTI user needs to be assigned to an access level before their access credentials can be used to enter the site. Add the user to an access group of the type pti_access_level.',
}

/** Tells whether the user may enter at all. */
export async function settleUser(records: VirtualTransaction, user: VirtualUser): Promise<Partial<AppliedChange>> {
  if (user.is_deleted) return {}
  const groups = await Promise.all(user.group_ids.map((id) => records.get<VirtualGroup>(KIND.group, id)))
  const isAssigned = groups.some((group) => group !== undefined && !group.is_deleted && group.type !== UNIT)
  return { warnings: isAssigned ? [] : [INACTIVE] }
}
