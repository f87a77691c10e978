/** The invitation that a token stands for. */
import { toIso } from '../../../clock.ts'
import { findInvitation } from '../../../store/team.ts'
import { ApiError } from '../../errors.ts'
import type { Services } from '../../operation.ts'

/** @throws ApiError 404 for a token that is used up, replaced, withdrawn or too old */
export async function invitationOf({ store, clock }: Services, token: string) {
  const invitation = await findInvitation(store, token, toIso(clock.now()))
  if (invitation === undefined) throw invitationGone()
  return invitation
}

export function invitationGone(): ApiError {
  return new ApiError(
    404,
    'invitation_not_found',
    'This invitation has been used or withdrawn, a newer one was sent, or it is older than seven days. Ask whoever invited you for a new one.',
  )
}
