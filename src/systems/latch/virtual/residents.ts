/**
 * People whom the building's manager keeps in Latch's own software. They are shown with a warning and managed there alone,
 * and the building refuses a second user with the e-mail address of one of them.
 */
import type { AppliedChange } from '../../kit/driver.ts'
import { SystemError } from '../../kit/errors.ts'
import type { VirtualTransaction } from '../../kit/virtual.ts'
import type { VirtualUser } from '../../kit/virtual/records.ts'

/** The one resident of the virtual building. */
export const RESIDENT_EMAIL = 'resident@example.com'
export const people = [{ external_id: 'resident-1b', full_name: 'Robin Resident', email_address: RESIDENT_EMAIL }]

/** Seam reference: the user "was created on Latch Mission Control. Please use the Latch Mission Control to manage this user." */
export const strangerWarnings = [
  {
    warning_code: 'latch_resident_user',
    message: 'This user was created in Latch Mission Control. Manage it there.',
  },
]

/** @throws SystemError `conflict` with the wire's code for somebody who lives here already */
export function settleUser(_records: VirtualTransaction, user: VirtualUser): Promise<Partial<AppliedChange>> {
  if (user.is_deleted || user.email_address?.toLowerCase() !== RESIDENT_EMAIL) return Promise.resolve({})
  throw new SystemError(
    'conflict',
    'Somebody with this e-mail address is a resident in Latch Mission Control. Manage their access there, or give this user another e-mail address.',
    { code: 'latch_conflict_with_resident_user' },
  )
}
